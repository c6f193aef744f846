#!/bin/sh
# The host's text on a cyberJack's display, and its keys, by CT-BCS.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
prompt=2016501026501E496E7365727420312E20636172640A7072657373204F4B2F43616E63656C800105C1010601
out=$SANDBOX_LOGS/out
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
ct() {
	$pcsc reader "$reader" direct feature 08 "$1" | tail -1
}
ask() {
	ct "$1" >"$out" &
	asked=$!
}
answered() {
	wait "$asked"
	same "$1" "$(cat "$out")" "$2"
}

same 9000 "$(ct 20174000075005480A74686F)" OUTPUT
same 'H
tho' "$(in_jack 0 display)" 'the display'
ask $prompt
in_jack 0 wait 'Insert 1. card / press OK/Cancel'
in_jack 0 press 5 clear ok
answered 0D9000 'INPUT and OK'
ask $prompt
in_jack 0 wait 'Insert 1. card'
in_jack 0 press cancel
answered 6401 'INPUT and Cancel'
ask 201650100650014180010501
in_jack 0 wait A
in_jack 0 press 7
answered 379000 'INPUT and a digit'
same 6400 "$(ct 201650100650014280010101)" 'INPUT and nobody'
same 9000 "$(ct 20110000)" 'RESET CT'
same '' "$(in_jack 0 display | tr -d ' \n')" 'the display after RESET CT'
same 9000 "$(ct 20174000025000)" 'an empty OUTPUT'
has "$(ct 2013004600)" '^460F.*9000$' 'the maker'
same 8103014050 "$(ct 2013008100 | head -c 10)" 'the units'
same 8001009000 "$(ct 2013008000)" 'no card'
ask 201201010130
in_jack 0 wait 'Insert card'
cardinal-pad card new anna
in_jack 0 insert anna
answered 9001 REQUEST
has "$(ct 2013008000)" '^80010[35]9000$' 'a card'
same 6201 "$(ct 201201010100)" 'REQUEST with a card'
