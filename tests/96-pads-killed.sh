#!/bin/sh
# A pad killed in each state that it can be in, and started again: what its client waited for ends,
# and the reader comes back by itself. Where no display tells the state, strace kills the pad at its
# next call of that name.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 2

gone='Reader is unavailable'
cardinal-pad card new anna
cardinal-pad card new bert
pad --pad 1 insert bert

# at_next CALL COMMAND...: the pad is killed when it next makes that call, after the command.
at_next() {
	strace -f -q -o /dev/null -e trace="$1" -e inject="$1:signal=KILL" -p "$SANDBOX_PAD0" \
	    2>"$SANDBOX_LOGS/strace" &
	tracer=$!
	eventually grep -q '^TracerPid:	[1-9]' "/proc/$SANDBOX_PAD0/status"
	shift
	"$@"
	wait $tracer || :
	! kill -0 "$SANDBOX_PAD0" 2>/dev/null || [ "$(ps -o stat= -p "$SANDBOX_PAD0")" = Z ] ||
	    die "the pad lives"
}

back() {
	same ok "$(at 0 absent)" "the card of a pad that was killed $1"
	works 1
	comes_back 0 anna
}

dies 0
back 'idle without a card'
dies 0
back 'with a card'
works 0
same ok "$(at 0 shared unpower)" 'powering down'
dies 0
back 'with a card that has no power'

# in_middle WHAT TEXT STEP...: it is killed while it shows that text.
in_middle() {
	what=$1 text=$2
	shift 2
	client 0 present shared "$@" apdu $challenge
	pad wait "$text"
	dies 0
	answered 0 "$asked" '^error' "the APDU after $what"
	has "$(cat "$SANDBOX_LOGS/client0")" "$gone" "$what of a pad that was killed"
	back "in $what"
}
in_middle 'a PIN entry' 'Enter PIN' feature 06 $verify
in_middle 'an INPUT' OK feature 08 201650100750024F4B80013C01
in_middle 'an EJECT ICC' 'Remove card' feature 08 20150100013C
# A PIN entry in steps: the pad dies while its end is waited for; and before that, while its client
# waits for a card at the other pad.
in_middle 'a PIN entry in steps' 'Enter PIN' feature 01 $verify feature 02 ''
pad --pad 1 remove
same ok "$(at 1 absent)" 'the other slot'
client 0 present shared feature 01 $verify reader "$(reader 1)" present feature 02 ''
pad wait 'Enter PIN'
dies 0
pad --pad 1 insert bert
answered 0 "$asked" "$gone" 'VERIFY_PIN_FINISH of an entry whose pad has died'
back 'between VERIFY_PIN_START and FINISH'

pad remove
same ok "$(at 0 absent)" 'the empty slot'
client 0 direct feature 08 20120101013C
pad wait 'Insert card'
dies 0
answered 0 "$asked" "$gone" 'REQUEST ICC of a pad that was killed'
back 'in a REQUEST ICC'

# What it was asked is answered by these calls, or never.
for call in recvfrom sendto; do
	at_next $call client 0 shared apdu $challenge
	answered 0 "$asked" '^error' 'an APDU'
	back 'in TRANSMIT'
	same ok "$(at 0 shared unpower)" 'powering down'
	at_next $call client 0 shared apdu $challenge
	answered 0 "$asked" '^error' 'an APDU without power'
	back 'in POWER'
done

# A pad that is new, at the driver's first words to it.
for call in accept4 recvfrom sendto; do
	dies 0
	ASAN_OPTIONS=detect_leaks=0 timeout $long strace -f -q -o /dev/null -e trace=$call \
	    -e inject=$call:signal=KILL cardinal-pad --headless --pad 0 2>"$SANDBOX_LOGS/strace" ||
	    :
	back "at the driver's first $call"
done
