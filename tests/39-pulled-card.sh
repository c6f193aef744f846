#!/bin/sh
# A card that is pulled and put back, or another in its place, is another card to pcscd.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox

pcsc=build/tests/tools/part10
cardinal-pad card new anna
cardinal-pad card new bert
# A client that holds its connection while the card changes under it.
for other in anna bert; do
	insert anna
	$pcsc present shared apdu 0084000008 feature 08 20165010075002474F80013C01 apdu 0084000008 leave \
	    present shared apdu 0084000008 >"$SANDBOX_LOGS/out" &
	client=$!
	pad wait GO
	pad remove
	pad insert $other
	pad press ok
	wait $client
	same 9000 "$(sed -n 3p "$SANDBOX_LOGS/out" | tail -c 5)" 'the first answer'
	has "$(sed -n 5p "$SANDBOX_LOGS/out")" '^error' "APDU after $other came"
	same 9000 "$(tail -c 5 "$SANDBOX_LOGS/out")" 'after connecting again'
	pad remove
	eventually pcscd_sees No
done
