#!/bin/sh
# A reader is looked at: its features, properties and units, a line of text on its display that goes again, what is wrong
# with it and what to do; by its name or a part of it, as text and as JSON.
cd "$(dirname "$0")/.." && . tests/lib.sh

if [ -z "${INSIDE-}" ]; then
	INSIDE=all sandbox -- "$0"
	INSIDE=text sandbox --without text -- "$0"
	INSIDE=direct sandbox --without direct -- "$0"
	INSIDE=bare sandbox --without direct,start -- "$0"
	INSIDE=many sandbox --pads 2 -- "$0"
	exit 0
fi

out=$CARDINAL_RUN/out
# probe STATUS [ARGUMENT...]: its output in $out.
probe() {
	want=$1
	shift
	status=0
	cardinal reader probe "$@" >"$out" 2>&1 || status=$?
	same "$want" $status "status of the probe ($(cat "$out"))"
}

found() {
	has "$(cat "$out")" "$1"
}

# offers 'PIN PAD  TEXT': until the driver has met its pad, it says what a pad of ours usually offers.
offers() {
	eventually sh -c "cardinal reader list | grep -q '^$1 '"
}

case $INSIDE in
text)
	offers 'yes  *no'
	probe 0
	found '^Units *01 card slot$'
	found '^Text *not shown'
	found '^Found *it shows no texts of ours'
	found 'note: ceremonies say their prompts at the command line'
	pad unplug
	probe 1
	found 'start cardinal-pad'
	exit 0
	;;
direct)
	offers 'no  *yes'
	probe 1
	found '^Found *it offers PIN entry in steps only'
	exit 0
	;;
bare)
	offers 'no  *yes'
	probe 1
	found '^Found *it offers no PIN entry'
	found 'do: take a reader with a PIN pad'
	exit 0
	;;
many)
	probe 2
	found 'there are several readers'
	found '  Cardinal PIN pad 1 01 00'
	probe 2 PIN
	found 'several readers are meant by that'
	probe 0 'pad 1'
	found '^Reader *Cardinal PIN pad 1 01 00'
	probe 1 'pad 2'
	found 'there is no reader pad 2 among these'
	exit 0
	;;
esac

new_card anna
probe 0
has "$(pad wait 'Cardinal probe / this is a test' --timeout 1 && echo shown)" shown 'the display'
same '' "$(pad display | tr -d '\n ')" 'the display afterwards'
found '^Reader *Cardinal PIN pad 0 00 00'
found '^Card *ATR 3B BF'
for tag in '06 VERIFY_PIN_DIRECT *42330006' '07 MODIFY_PIN_DIRECT' '08 MCT_READER_DIRECT' '0A IFD_PIN_PROPERTIES' \
    '12 GET_TLV_PROPERTIES'; do
	found " $tag"
done
found '^PIN entry *ended by OK, with a time limit'
found ' 6 to 16 digits'
found '^Display *2 lines of 16 characters'
found '^Firmware *cardinal-pad'
found '^APDU *65536 bytes'
found '^Units *01 card slot, 40 display, 50 keypad'
found '^Text *shown, and taken away'
found '^Found *nothing wrong'
probe 0 cardinal --json
found '"firmware":"cardinal-pad"'
found '"units":\[1,64,80\]'
found '"text":true,"findings":\[\]'

pad remove
probe 0
found '^Card *none'
found 'there is no card in it'
pad unplug
probe 1
found 'start cardinal-pad'
pad plug
# A card that is none.
printf 'no card' >"$CARDINAL_CARDS/broken.card"
if pad insert broken 2>/dev/null; then
	eventually sh -c "cardinal reader list | grep -q mute"
	probe 1
	found 'the card does not answer'
fi
