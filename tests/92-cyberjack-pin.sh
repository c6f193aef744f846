#!/bin/sh
# PINs at the keys of a cyberJack, by Part 10: verified, changed, cancelled, mistyped, not typed.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
state=00CA018100
verify=1E0A820000100602010904000000000400000000200081
modify=1E0A8200000000100603020309040001020000000400000000240081
out=$SANDBOX_LOGS/out
cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
in_jack 0 insert anna
eventually cyberjack_sees Yes

ask() {
	$pcsc reader "$reader" present "$@" >"$out" &
	asked=$!
}
answered() {
	wait "$asked"
	same "$1" "$(tail -1 "$out")" "$2"
}
tries() {
	same "$1" "$($pcsc reader "$reader" shared apdu $select apdu $state | tail -1)" "$2"
}

has "$($pcsc reader "$reader" direct features | tail -1)" '06 07 08.*0A.*12' 'the features'
ask shared apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
in_jack 0 press 9 9 clear 1 2 3 4 5 6 ok
answered 9000 VERIFY
ask shared apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
in_jack 0 press 6 5 4 3 2 1 ok
answered 63C2 'VERIFY of a wrong PIN'
ask shared apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
in_jack 0 press 1 cancel
answered 6401 'VERIFY with Cancel'
tries 810203019000 'the tries after Cancel'
# A person may take longer than the reader answers without asking for more time.
before=$(jack 0 count wtx)
ask shared apdu $select feature 06 050582000010060201090400000000050000000020008100
in_jack 0 wait 'Enter PIN'
eventually sh -c '[ "$('"$mockjack"' ctl "$USB/jack0.ctl" count wtx)" -gt '"$before"' ]'
in_jack 0 press 1 2 3 4 5 6 ok
answered 9000 'VERIFY that took its time'
ask shared apdu $select feature 06 010182000010060201090400000000050000000020008100
in_jack 0 wait 'Enter PIN'
answered 6400 'VERIFY without a key'
# An exact length, which ends the entry by itself.
ask shared apdu $select feature 06 1E0A820000060603010904000000000400000000200081
in_jack 0 wait 'Enter PIN'
in_jack 0 press 1 2 3 4 5 6
answered 9000 'VERIFY that needs no OK'
# A block that is padded: six digits and two bytes FF, which are no PIN of this card.
ask shared apdu $select feature 06 1E0A820800080602010904000000000D0000000020008108FFFFFFFFFFFFFFFF
in_jack 0 wait 'Enter PIN'
in_jack 0 press 1 2 3 4 5 6 ok
wait $asked
has "$(tail -1 "$out")" '^6[37A]' 'VERIFY of a padded block'
# What the reader cannot do: to the right.
ask shared apdu $select feature 06 1E0A860800080602010904000000000D0000000020008108FFFFFFFFFFFFFFFF
answered 6B80 'a PIN justified to the right'

ask shared apdu $select feature 07 $modify
in_jack 0 wait 'Enter old PIN'
in_jack 0 press 1 2 3 4 5 6 ok
in_jack 0 wait 'Enter new PIN'
in_jack 0 press 7 7 7 7 7 7 7 7 ok
in_jack 0 wait 'Repeat new PIN'
in_jack 0 press 7 7 7 7 7 7 7 7 ok
answered 9000 MODIFY
tries 810303009000 'the state after a change'
ask shared apdu $select feature 07 $modify
in_jack 0 wait 'Enter old PIN'
in_jack 0 press 7 7 7 7 7 7 7 7 ok
in_jack 0 wait 'Enter new PIN'
in_jack 0 press 1 1 1 1 1 1 ok
in_jack 0 wait 'Repeat new PIN'
in_jack 0 press 1 1 1 1 1 2 ok
answered 6402 'MODIFY with two different PINs'

# The card is pulled in the middle of it.
ask shared apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
in_jack 0 remove
answered 64A1 'VERIFY whose card went'
eventually cyberjack_sees No
# Somebody else's client: OpenSC.
in_jack 0 insert anna
eventually cyberjack_sees Yes
pkcs15-tool --reader "$reader" --verify-pin --auth-id 01 >"$out" 2>&1 &
asked=$!
in_jack 0 wait 'Enter PIN'
in_jack 0 press 7 7 7 7 7 7 7 7 ok
wait $asked || die "$(cat "$out")"
