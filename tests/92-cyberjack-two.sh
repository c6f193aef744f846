#!/bin/sh
# Two cyberJacks and a virtual pad: three PIN entries at once, which end in another order than they
# began; one is unplugged and nobody else hears of it.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 2

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
verify=1E0A820000100602010904000000000400000000200081
out=$SANDBOX_LOGS/out
new_card carla
plug_in 0
eventually has_cyberjacks 1
first=$(cyberjack)
plug_in 1
eventually has_cyberjacks 2
second=$(cyberjacks | grep -vxF "$first")
[ "$first" != "$second" ] || die 'two readers of one name'
cardinal-pad card new anna
cardinal-pad card new bert
in_jack 0 insert anna
in_jack 1 insert bert

start() {
	$pcsc reader "$1" present shared apdu $select feature 06 $verify >"$out.$2" &
	asked=$!
}
begin() {
	start "$first" 0
	zero=$asked
	start "$second" 1
	one=$asked
	start "$(reader)" 2
	two=$asked
	in_jack 0 wait 'Enter PIN'
	in_jack 1 wait 'Enter PIN'
	pad wait 'Enter PIN'
}
begin
pad press 1 2 3 4 5 6 ok
wait $two
same 9000 "$(tail -1 "$out.2")" 'the virtual pad'
in_jack 1 press 6 5 4 3 2 1 ok
wait $one
same 63C2 "$(tail -1 "$out.1")" 'the second cyberJack'
in_jack 0 press 1 2 3 4 5 6 ok
wait $zero
same 9000 "$(tail -1 "$out.0")" 'the first cyberJack'

begin
jack 1 unplug
wait $one
has "$(tail -1 "$out.1")" '^error' 'the one that was unplugged'
in_jack 0 press 1 2 3 4 5 6 ok
pad press 1 2 3 4 5 6 ok
wait $zero
wait $two
same 90009000 "$(tail -1 "$out.0")$(tail -1 "$out.2")" 'the others'
eventually has_cyberjacks 1
same "$first" "$(cyberjack)" 'the one that is left'
