#!/bin/sh
# cyberJacks that do not answer any more, each in a way of its own, hold up no other reader; what
# was asked of them ends, and when they answer again they are there again.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 4

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
verify=1E0A820000100602010904000000000400000000200081
out=$SANDBOX_LOGS/out
new_card pad
for n in 0 1 2 3; do
	plug_in $n
	eventually has_cyberjacks $((n + 1))
	cardinal-pad card new card$n
	[ $n = 2 ] || in_jack $n insert card$n
done
name() {
	echo "REINER SCT cyberJack pinpad/e-com USB 0$1 00"
}
for n in 0 1 3; do
	eventually cyberjack_sees Yes "0$n 00"
done

# ask N STEP...: in the background, into $out.N; its process is the last of $asked.
ask() {
	n=$1
	shift
	$pcsc reader "$(name $n)" "$@" >"$out.$n" &
	asked="${asked-} $!"
}
wait_still() {
	for process in $asked; do
		! kill -0 "$process" 2>/dev/null || return 0
	done
	return 1
}
# Another reader answers, within 5 s, as long as one of them waits; a dead one costs 8 s at least.
others_go_on() {
	while wait_still; do
		timeout 5 $pcsc reader "$(reader)" shared apdu 0084000008 >"$out.pad" ||
		    die 'another reader waits'
		has "$(tail -1 "$out.pad")" '^.\{16\}9000$' 'another reader'
		sleep 0.05
	done
}
answers() {
	$pcsc reader "$(name $1)" present shared apdu 0084000008 | tail -1 | grep -q '^.\{16\}9000$'
}

# Deaf; no endpoint moves while a PIN is typed; more time is asked for without end; an answer is
# lost, so that it is asked for again.
ask 1 shared apdu $select feature 06 $verify
in_jack 1 wait 'Enter PIN'
in_jack 1 press 1 2 3
jack 0 deaf
jack 1 freeze
jack 2 endless
jack 3 frames lost 1
ask 0 shared apdu 0084000008
ask 2 direct feature 08 2017400003500141
ask 3 shared apdu 0084000008
others_go_on
for n in 0 1 2; do
	has "$(tail -1 "$out.$n")" '^error' "reader $n"
done
has "$(tail -1 "$out.3")" '^.\{16\}9000$' 'what was lost'
jack 0 deaf 0
jack 1 thaw
jack 2 run
in_jack 2 insert card2
for n in 0 1 2 3; do
	eventually answers $n
done
# That PIN entry has ended.
in_jack 1 press 4 5 6 ok
ask 1 shared apdu $select apdu 00CA018100 feature 06 $verify
in_jack 1 wait 'Enter PIN'
in_jack 1 press 1 2 3 4 5 6 ok
others_go_on
same '810303019000 9000' "$(tail -2 "$out.1" | paste -sd' ')" 'the tries, and the right PIN'

# One stands still in the middle of a PIN entry, then it is unplugged.
ask 0 shared apdu $select feature 06 $verify
in_jack 0 wait 'Enter PIN'
jack 0 freeze
eventually answers 3
jack 0 unplug
others_go_on
has "$(tail -1 "$out.0")" '^error' 'the PIN entry'
eventually has_cyberjacks 3
