#!/bin/sh
# A PIN entry in steps: START, GET_KEY_PRESSED, FINISH, ABORT, with the clients that there are:
# one that polls, one that finishes at once, one that another aborts, one that is killed.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox --pads 2
. tests/part10.sh
new_card anna

verify=$(verify_by 820000 1006 02 00200081)
modify=$(modify_by 820000 0000 1006 03 02 00240081)
# answers WANT...: the last ones, a line each
answers() {
	wait "$client"
	same "$(printf '%s\n' "$@")" "$(tail -$# "$said" | sed 's/ $//')" 'the answers'
}
# Once the client has said that in a line, or has come to that.
has_said() {
	eventually grep -q "$1" "$said"
}

dark() {
	[ -z "$(pad display | tr -d ' \n')" ]
}

# The client is killed, and until pcscd has heard of it and done with its card, which it resets: a
# client that came before would have the reset, too.
killed() {
	kill -9 $client
	wait $client || true
	same "$(printf 'ok\nok\nok\nok')" "$($part10 free shared lock leave)" 'free again'
}

# A client that polls, as MOCCA: each digit, Clear, OK; nothing is lost if it comes late.
client verify-start "$verify" keys 1 verify-finish verify-finish
pad wait 'Enter PIN'
keys 9c123456
keys o
wait $client
has "$(sed -n 5p "$said")" '^\(2B \)*\(0A \)\?\(2B \)\{6\}0D $' 'what was pressed'
same '9000 6985' "$(tail -2 "$said" | tr '\n' ' ' | sed 's/ $//')" 'the end, told once'
client modify-start "$modify" keys 3 modify-finish
pad wait 'Enter old PIN'
keys 123456o
pad wait 'Enter new PIN'
keys 654321o
pad wait 'Repeat new PIN'
keys 654321o
D='2B 2B 2B 2B 2B 2B 0D'
answers ok "$D $D $D" 9000
client verify-start "$verify" keys 1 verify-finish
pad wait 'Enter PIN'
keys 1x
answers ok '2B 1B' 6401
client verify-start "$verify" keys 2 verify-finish
pad wait 'Enter PIN'
keys 1o
answers ok '2B 0D 40' 6403
client verify-start "0101$(printf '%s' "$verify" | cut -c 5-)" keys 1 verify-finish
answers ok 0E 6400

# A client that finishes at once, as OpenSC.
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
keys 654321o
answers ok 9000
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
keys 999999o
answers ok 63C2
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
pad remove
answers ok 64A1
eventually pcscd_sees No
insert anna

# What begins nothing.
client verify-start 00 modify-start 00 verify-start "$(verify_by 820000 1006 02 00B00081)" \
    verify-finish modify-finish key abort
answers 57 57 57 6985 6985 00 ok
client room 3 properties room 4 properties
answers 'error Insufficient buffer.' 10020201

# Another process aborts; the first one hears of it, and by FINISH.
client verify-start "$verify" keys 1 verify-finish
pad wait 'Enter PIN'
keys 1
has_said '2B'
# Between its polls another client gets in, but nothing that would disturb the entry.
$part10 shared verify-start "$verify" verify "$verify" mct 201740000350014F apdu 0084000008 \
    features abort >"$SANDBOX_LOGS/other"
same "$(printf '%s\n' ok AA 6985 6985)" "$(head -4 "$SANDBOX_LOGS/other")" 'what another is told'
has "$(sed -n 5p "$SANDBOX_LOGS/other")" '^error' 'an APDU meanwhile'
same ok "$(tail -1 "$SANDBOX_LOGS/other")" 'ABORT'
answers ok '2B 40' 6480
# Nothing runs any more.
client abort verify-finish key apdu 0084000002
wait $client
same 'ok 6985 00' "$(tail -4 "$said" | head -3 | tr '\n' ' ' | sed 's/ $//')" 'after it'
has "$(tail -1 "$said")" '9000$' 'an APDU after it'
# Whoever looks at the readers meanwhile takes no key away that the first one is to be told.
looked=$SANDBOX_LOGS/looked
client verify-start "$verify" once "$looked" key abort verify-finish
pad wait 'Enter PIN'
keys 1
has "$(cardinal reader list)" '^yes .*Cardinal PIN pad' 'the list'
: >"$looked"
answers ok 2B ok 6480
# A transaction keeps others away.
locked=$SANDBOX_LOGS/locked
$part10 shared once "$locked" abort >"$SANDBOX_LOGS/other" &
other=$!
eventually grep -q ok "$SANDBOX_LOGS/other"
client lock verify-start "$verify" keys 1 verify-finish unlock
pad wait 'Enter PIN'
keys 1
has_said '2B'
: >"$locked"
wait $other
has "$(tail -1 "$SANDBOX_LOGS/other")" '^error' 'ABORT against a transaction'
keys 2x
answers ok ok '2B 2B 1B' 6401 ok

# A client that is killed between START and FINISH: pcscd resets its card, so the entry ends, and
# the next client finds a reader.
client verify-start "$verify" stay
pad wait 'Enter PIN'
keys 12
killed
eventually dark
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
keys 654321o
answers ok 9000
# Killed after the entry has ended: its end is nobody's.
client verify-start "$verify" stay
pad wait 'Enter PIN'
keys 654321o
eventually dark
killed
client verify-finish key verify-start "$verify" verify-finish
pad wait 'Enter PIN'
keys 654321x
wait $client
same 6401 "$(tail -1 "$said")" 'the next entry'
# The card is reset between START and FINISH.
client verify-start "$verify" reset present shared verify-finish
answers ok ok ok ok 6480
# The pad goes and comes back: it knows of no entry, and the client hears of that once.
back=$SANDBOX_LOGS/back
client verify-start "$verify" once "$back" key verify-finish verify-finish
pad wait 'Enter PIN'
keys 12
pad unplug
eventually pcscd_sees No
pad plug
eventually pcscd_sees Yes
: >"$back"
answers ok 40 'error Reader is unavailable.' 6985
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
keys 654321o
answers ok 9000

# Two at once, at two pads: FINISH holds pcscd's lock of its own reader alone.
new_card bert 1
client verify-start "$verify" verify-finish
pad wait 'Enter PIN'
$part10 reader 'Cardinal PIN pad 1 01 00' present shared apdu $select verify-start "$verify" keys 1 \
    verify-finish >"$SANDBOX_LOGS/other" &
other=$!
pad --pad 1 wait 'Enter PIN'
pad --pad 1 press 1 2 3 4 5 6 ok
wait $other
same 9000 "$(tail -1 "$SANDBOX_LOGS/other")" 'the second pad'
keys 654321o
answers ok 9000
