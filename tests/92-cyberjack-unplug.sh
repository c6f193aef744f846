#!/bin/sh
# A cyberJack that is unplugged in the middle of a PIN entry, of a prompt, of a command: what ran
# ends at once, the PIN is not tried, and the reader is a new one when it is plugged in again.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 2

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
verify=1E0A820000100602010904000000000400000000200081
out=$SANDBOX_LOGS/out
cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
ask() {
	in_jack 0 insert anna
	eventually cyberjack_sees Yes
	$pcsc reader "$reader" present shared "$@" >"$out" &
	asked=$!
}
# ends WHAT: in time, with an error.
ends() {
	eventually sh -c "! kill -0 $asked 2>/dev/null"
	has "$(tail -1 "$out")" '^error' "$1"
	eventually has_cyberjacks 0
}

ask apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
in_jack 0 press 1 2 3 4 5
jack 0 unplug
ends 'a PIN entry'
same '' "$(in_jack 0 display | tr -d ' \n')" 'the display without power'
jack 0 plug
eventually has_cyberjacks 1
same 810303019000 "$($pcsc reader "$reader" present shared apdu $select apdu 00CA018100 |
    tail -1)" 'the tries'
# The pad's own plug, and its end.
in_jack 0 remove
ask feature 08 20165010075002474F80013C01
in_jack 0 wait GO
in_jack 0 unplug
ends 'a prompt'
in_jack 0 plug
eventually has_cyberjacks 1
in_jack 0 remove
ask apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
kill -KILL "$jack0_pid"
ends 'a PIN entry whose pad was killed'
# Another one is plugged in while it was away, which takes its name.
plug_in 1
eventually has_cyberjacks 1
in_jack 1 insert anna
eventually cyberjack_sees Yes
same 9000 "$($pcsc reader "$(cyberjack)" present shared apdu $select | tail -1)" 'the other one'
plug_in 0
eventually has_cyberjacks 2
