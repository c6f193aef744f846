#!/bin/sh
# As many pads as pcscd has places for readers: each is reached by its number, and has its own card
# and script.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox --pads 16

has "$(opensc-tool --list-readers)" '^15 .*Cardinal PIN pad 15 ' 'the last reader'
same 16 "$(opensc-tool --list-readers | grep -c 'Cardinal PIN pad')" readers
n=0
while [ $n -lt 16 ]; do
	cardinal-pad card new "card$n"
	printf 'wait "REINER SCT"\ninsert card%d\npress 1 ok\nstatus\n' $n \
	    >"$CARDINAL_RUN/script$n"
	n=$((n + 1))
done
n=0
while [ $n -lt 16 ]; do
	has "$(cardinal-pad run --pad $n "$CARDINAL_RUN/script$n")" "^card     card$n\$" "pad $n"
	n=$((n + 1))
done
n=0
while [ $n -lt 16 ]; do
	eventually pcscd_sees Yes $n
	same "card$n" "$(pad --pad $n status | sed -n 's/^card     //p')" "the card of pad $n"
	n=$((n + 1))
done
# One is pulled out, another loses its card; the others stay.
pad --pad 7 unplug
pad --pad 15 remove
eventually pcscd_sees No 15
eventually pcscd_sees No 7
same 14 "$(opensc-tool --list-readers | grep -c ' Yes .*Cardinal PIN pad')" 'readers with a card'
pad --pad 7 plug
eventually pcscd_sees Yes 7
fails 1 pad --pad 16 display 2>/dev/null
