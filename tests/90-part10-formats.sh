#!/bin/sh
# Each PIN format of both structures reaches the card byte by byte: with blocks, positions and
# nibbles of the template chosen so that ASCII digits come out, only the right bytes verify.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/part10.sh
new_card anna

# by WHAT FORMAT DIGITS END TEMPLATE KEYS WANT
by() {
	client verify "$(verify_by "$2" "$3" "$4" "$5")"
	pad wait 'Enter PIN'
	keys "$6"
	ends "$7" "$1"
}
# tries WANT: of PIN 81
tries() {
	client apdu 00CA018100
	wait $client
	same "$1" "$(tail -1 "$said" | cut -c 5-6)" 'the tries'
}

by 'ASCII, four bytes' 820000 1006 02 00200081 123456o 9000
by 'ASCII, five bytes' 820000 1006 02 0020008100 123456o 9000
by 'ASCII in a block' 820600 0606 02 0020008106FFFFFFFFFFFF 123456o 9000
by 'the rest of the block is the template' 820600 0604 02 0020008106FFFFFFFF3536 1234o 9000
by 'no bytes but the block' 820800 0606 02 0020008108FFFFFFFFFFFFFFFF 123456o 6A80
by 'justified right' 860600 0604 02 00200081063132FFFFFFFF 3456o 9000
by 'two bytes in' 920400 0604 02 00200081063132FFFFFFFF 3456o 9000
by 'eight bits in' 420500 0604 02 002000810631FFFFFFFFFF 23456o 9000
by 'BCD, four bytes' 010000 1006 02 00200081 313233343536o 9000
by 'BCD in a block' 010600 1006 02 0020008106FFFFFFFFFFFF 313233343536o 9000
by 'BCD, an odd number' 010600 1006 02 0020008106FFFFFFFFFFF6 31323334353o 9000
by 'BCD, four bits in' 210500 1006 02 00200081063FFFFFFFFFF6 1323334353o 9000
by 'BCD, justified right' 050600 1006 02 00200081063132FFFFFFFF 33343536o 9000
# No PIN of this card, and no try: it sees 0102..., and ISO 9564 format 2.
by 'binary' 000600 0606 02 0020008106FFFFFFFFFFFF 123456o 6A80
by 'binary, four bytes' 000000 1006 02 00200081 123456o 6A80
by 'format 2' 414804 0C04 02 00200081082FFFFFFFFFFFFFFF 123456o 6A80
tries 03
# And one, to see that tries are what they cost: a wrong PIN in the right bytes.
by 'BCD, another PIN' 010600 1006 02 0020008106FFFFFFFFFFFF 313233343537o 63C2

# What ends an entry, and how long it may be.
by 'the last digit' 820000 0606 01 00200081 123456 9000
by 'the last digit or OK' 820000 1006 03 00200081 123456o 9000
by 'OK, as nothing is said' 820000 1006 00 00200081 123456o 9000
by 'OK, as nonsense is said' 820000 1006 FF 00200081 123456o 9000
client verify "1E01$(verify_by 820000 1006 06 00200081 | cut -c 5-)"
pad wait 'Enter PIN'
keys 123456
ends 9000 'the time'
by 'too short' 820000 1006 02 00200081 12345o 6403
by 'just eight, as swapped' 820000 0608 02 00200081 123456o 6403
by 'no more than six' 820000 0606 02 00200081 1234569o 9000
by 'Cancel' 820000 1006 02 00200081 1234x 6401
by 'Clear' 820000 1006 02 00200081 99c123456o 9000

# The PIN is changed: variable, then from one block into another, then with the new one once.
change() {
	what=$1 want=$2 structure=$3
	shift 3
	client modify "$structure"
	while [ $# -gt 0 ]; do
		pad wait "$1"
		keys "$2"
		shift 2
	done
	ends "$want" "$what"
}
change 'variable' 9000 "$(modify_by 820000 0000 1006 03 02 0024008100)" \
    'Enter old PIN' 123456o 'Enter new PIN' 91234567o 'Repeat new PIN' 91234567o
# Its first byte has the length as ISO 9564 format 2 has it, its others are digits.
by 'format 2, as OpenSC says it' 414804 0C04 02 00200081083FFFFFFFFFF53637 313233343o 9000
by 'format 2, as cyberJack says it' 814804 0C04 02 00200081083FFFFFFFFFF53637 313233343o 9000
change 'two blocks' 9000 \
    "$(modify_by 820800 0008 0806 03 02 0024008110FFFFFFFFFFFFFFFF3030303030303030)" \
    'Enter old PIN' 91234567o 'Enter new PIN' 222222o 'Repeat new PIN' 222222o
by 'what was padded' 820000 1006 02 00200081 22222200o 9000
change 'BCD, the new one once' 9000 "$(modify_by 010000 0000 1006 02 02 00240081)" \
    'Enter old PIN' 3232323232323030o 'Enter new PIN' 313233343536o
by 'what was changed by BCD' 820000 1006 02 00200081 123456o 9000
change 'the old one of the host' 9000 \
    "$(modify_by 820600 0006 0606 01 02 002400810C313233343536FFFFFFFFFFFF)" \
    'Enter new PIN' 222222o 'Repeat new PIN' 222222o
change 'and back' 9000 \
    "$(modify_by 820600 0006 0606 00 02 002400810C323232323232FFFFFFFFFFFF)" \
    'Enter new PIN' 123456o
change 'they differ' 6402 "$(modify_by 820000 0000 1006 03 02 00240081)" \
    'Enter old PIN' 123456o 'Enter new PIN' 222222o 'Repeat new PIN' 222223o
change 'the new one too short' 6403 "$(modify_by 820000 0000 1006 03 02 00240081)" \
    'Enter old PIN' 123456o 'Enter new PIN' 2222o

# Refused without a prompt.
now() {
	client "$2" "$3"
	ends "$4" "$1"
}
now 'nonsense' verify 00 6B80
now 'nonsense' modify 00 6B80
now 'READ BINARY' verify "$(verify_by 820000 1006 02 00B00081)" 6404
now 'CHANGE in VERIFY' verify "$(verify_by 820000 1006 02 00240081)" 6404
now 'VERIFY in MODIFY' modify "$(modify_by 820000 0000 1006 03 02 00200081)" 6404
# Whoever does not read well types his PIN, and has given himself the host's new one.
now 'CHANGE with a new PIN of the host' modify \
    "$(modify_by 820600 0000 0606 00 02 002400810CFFFFFFFFFFFF363636363636)" 6404
now 'a PIN for the next command' verify "$(verify_by 820000 1006 02 10200081)" 6404
now 'two blocks in one place' modify \
    "$(modify_by 820600 0000 0606 03 02 002400810CFFFFFFFFFFFFFFFFFFFFFFFF)" 6B80
now 'a position behind the block' verify "$(verify_by BA0600 0606 02 0020008106FFFFFFFFFFFF)" 6B80
tries 03
