#!/bin/sh
# Cards that come and go in a cyberJack are heard of, not asked for; one that was pulled and put
# back, or another in its place, is another card.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
cardinal-pad card new anna
cardinal-pad card new bert
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
for i in 1 2 3; do
	in_jack 0 insert anna
	eventually cyberjack_sees Yes
	in_jack 0 remove
	eventually cyberjack_sees No
done
# The reader is asked for its card when it has said something, and else hardly ever.
asked=$(jack 0 count status)
pcsc_scan -n -t 2 >"$SANDBOX_LOGS/scan" 2>&1 || :
grep -q "$reader" "$SANDBOX_LOGS/scan" || die 'no such reader'
asked=$(($(jack 0 count status) - asked))
[ $asked -le 1 ] || die "asked $asked times for a card"

# One who waits is told.
$pcsc reader "$reader" present shared attrib 090303 leave absent >"$SANDBOX_LOGS/out" &
waits=$!
in_jack 0 insert anna
eventually grep -q '^3BBFB600' "$SANDBOX_LOGS/out"
in_jack 0 remove
wait $waits
same ok "$(tail -1 "$SANDBOX_LOGS/out")" 'the wait for an empty reader'

for other in anna bert; do
	in_jack 0 insert anna
	eventually cyberjack_sees Yes
	$pcsc reader "$reader" present shared apdu 0084000008 \
	    feature 08 20165010075002474F80013C01 apdu 0084000008 leave \
	    present again apdu 0084000008 >"$SANDBOX_LOGS/out" &
	client=$!
	in_jack 0 wait GO
	in_jack 0 remove
	in_jack 0 insert $other
	in_jack 0 press ok
	wait $client
	same 9000 "$(sed -n 3p "$SANDBOX_LOGS/out" | tail -c 5)" 'the first answer'
	has "$(sed -n 5p "$SANDBOX_LOGS/out")" '^error' "APDU after $other came"
	same 9000 "$(tail -c 5 "$SANDBOX_LOGS/out")" 'after connecting again'
	in_jack 0 remove
	eventually cyberjack_sees No
done
