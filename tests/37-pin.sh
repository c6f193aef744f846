#!/bin/sh
# PIN entry, display and keys as a PC/SC program asks for them, through pcscd.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
state=00CA018100
verify=1E0A820000100602010904000000000400000000200081
modify=1E0A8200000000100603020309040001020000000400000000240081
out=$SANDBOX_LOGS/out

# ask STEP...: in the background, what it says goes to $out.
ask() {
	$pcsc present "$@" >"$out" &
	asked=$!
}
answered() {
	wait "$asked"
	same "$1" "$(tail -1 "$out")" "$2"
}

new_card anna
same '01 02 03 04 05 06 07 08 09 0A 0B 12' "$($pcsc direct features | tail -1)" 'the features'
same 10020201 "$($pcsc direct feature 0A '' | tail -1)" 'PIN properties'
has "$($pcsc direct feature 12 '' | tail -1)" '^0102100202010.*080C63617264696E616C2D706164' 'TLV properties'
same 43617264696E616C00 "$($pcsc direct attrib 010100 | tail -1)" 'the vendor'

# The right PIN; the wrong one costs a try; Clear begins again.
ask shared apdu $select feature 06 $verify
pad wait 'Enter PIN'
pad press 9 9 clear 1 2 3 4 5 6 ok
answered 9000 'VERIFY'
ask shared apdu $select feature 06 $verify
pad wait 'Enter PIN'
pad press 6 5 4 3 2 1 ok
answered 63C2 'VERIFY with a wrong PIN'
same 810203019000 "$($pcsc shared apdu $select apdu $state | tail -1)" 'the tries'
ask shared apdu $select feature 06 $verify
pad wait 'Enter PIN'
pad press 1 cancel
answered 6401 'VERIFY with Cancel'
same 810203019000 "$($pcsc shared apdu $select apdu $state | tail -1)" 'the tries after Cancel'
# OpenSC's five bytes; a time that runs out.
ask shared apdu $select feature 06 010182000010060201090400000000050000000020008100
answered 6400 'VERIFY without a key'

# The PIN is changed; then the new ones differ.
ask shared apdu $select feature 07 $modify
pad wait 'Enter old PIN'
pad press 1 2 3 4 5 6 ok
pad wait 'Enter new PIN'
pad press 7 7 7 7 7 7 7 7 ok
pad wait 'Repeat new PIN'
pad press 7 7 7 7 7 7 7 7 ok
answered 9000 'MODIFY'
same 810303009000 "$($pcsc shared apdu $select apdu $state | tail -1)" 'the state after a change'
ask shared apdu $select feature 07 $modify
pad wait 'Enter old PIN'
pad press 7 7 7 7 7 7 7 7 ok
pad wait 'Enter new PIN'
pad press 1 1 1 1 1 1 ok
pad wait 'Repeat new PIN'
pad press 1 1 1 1 1 2 ok
answered 6402 'MODIFY with two different PINs'

# Nonsense, and a command that takes no PIN.
same 6B80 "$($pcsc shared feature 06 00 | tail -1)" 'VERIFY of nonsense'
same 6404 "$($pcsc shared feature 06 1E0A820000100602010904000000000400000000B00081 | tail -1)" 'READ BINARY'

# CT-BCS: a text, OK, Cancel, and nobody.
same 9000 "$($pcsc direct feature 08 20174000075005480A74686F | tail -1)" OUTPUT
has "$(pad display)" '^H' 'the display'
prompt=2016501026501E496E7365727420312E20636172640A7072657373204F4B2F43616E63656C800105C1010601
ask direct feature 08 $prompt
pad wait 'Insert 1. card / press OK/Cancel'
pad press 5 ok
answered 0D9000 'INPUT and OK'
ask direct feature 08 $prompt
pad wait 'Insert 1. card'
pad press cancel
answered 6401 'INPUT and Cancel'
same 6400 "$($pcsc direct feature 08 201650100650014180010101 | tail -1)" 'INPUT and nobody'
has "$($pcsc direct feature 08 2013008000 | tail -1)" '^80010[35]9000$' 'the state of the card'
same 6201 "$($pcsc direct feature 08 201201010100 | tail -1)" 'REQUEST with a card'
pad remove
eventually pcscd_sees No
$pcsc direct feature 08 201201010130 >"$out" &
asked=$!
pad wait 'Insert card'
pad insert anna
answered 9001 'REQUEST'
