#!/bin/sh
# CT-BCS through MCT_READER_DIRECT and MCT_UNIVERSAL: every command, with a card and without.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/part10.sh
prompt() {
	printf '50%02X%s' ${#1} "$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')"
}
# ct WANT COMMAND [WHAT]: on the reader alone, at once
ct() {
	same "$1" "$($part10 direct mct "$2" | tail -1)" "${3:-$2}"
}
# asks TEXT KEYS WANT COMMAND: with somebody at the pad
asks() {
	$part10 direct mct "$4" >"$said" &
	client=$!
	pad wait "$1"
	[ -z "$2" ] || keys "$2"
	ends "$3" "$4"
}
# shows PATTERN: that the display does
shows() {
	pad display | grep -q "$1"
}

# Without a card.
has "$($part10 direct mct 2013004600 | tail -1)" '^460F4445[0-9A-F]*9000$' 'the maker'
ct 8001009000 2013008000
ct 8001009000 2013018000
ct 81030140509000 2013008100
ct 6200 201201000100 'REQUEST that looks once'
ct 9001 20150100 'EJECT of no card'
ct 64A1 20110101 'RESET of no card'
ct 64A1 20180100085206010600200081 'PERFORM without a card'
ct 64A1 2019010009520701060000240081 'MODIFY without a card'

ct 9000 2017400004$(prompt Hi) OUTPUT
shows '^Hi'
ct 9000 20110000 'RESET of the reader'
eventually shows '^ *$'
asks 'Key?' 7 379000 2016501006$(prompt 'Key?')
asks 'Key?' o 0D9000 2016501006$(prompt 'Key?')01
asks 'Key?' c 089000 2016501006$(prompt 'Key?')
asks 'Key?' x 6401 2016501006$(prompt 'Key?')
asks 'Key?' '' 6400 2016501009$(prompt 'Key?')800101
# Lines, shown in three ways; OK ends them, or the last digit, Clear begins again.
asks 'Sum?' 12c42o 34329000 2016500106$(prompt 'Sum?')
asks 'Sum?' o 9000 2016500006$(prompt 'Sum?')
asks 'Sum?' 123 3132339000 2016500206$(prompt 'Sum?')03
asks 'Sum?' 12x 6401 2016500206$(prompt 'Sum?')03
asks 'Sum?' '' 6400 2016500209$(prompt 'Sum?')800101
for shown in '0 ' '1 42' '2 **'; do
	$part10 direct mct "2016500${shown%% *}06$(prompt 'Sum?')" >"$said" &
	client=$!
	pad wait 'Sum?'
	keys 42
	same "${shown#* }" "$(pad display | sed -n 2p | tr -d ' ')" "line ${shown%% *}"
	keys o
	ends 34329000
done

# A card comes; the reader gives it no power, pcscd does.
cardinal-pad card new anna
$part10 direct mct 201201010130 >"$said" &
client=$!
pad wait 'Insert card'
pad insert anna
ends 9001 REQUEST
eventually pcscd_sees Yes
ct 6201 20120101 'REQUEST with a card'
client mct 2013018000 mct 20110100 mct 20110101 mct 20110102 mct 2013018000 apdu 0084000002
wait $client
has "$(sed -n 4p "$said")" '^8001059000$' 'the state of the card'
has "$(sed -n 5p "$said")" '^9001$' 'RESET of the card'
atr=$(opensc-tool --atr 2>/dev/null | tr -d ' :\n' | tr a-f A-F)
same "${atr}9001" "$(sed -n 6p "$said")" 'its ATR'
historical=$(sed -n 7p "$said")
has "$atr" "${historical%9001}" 'its historical bytes'
same 8001059000 "$(sed -n 8p "$said")" 'its state after a reset'
has "$(sed -n 9p "$said")" '^....9000$' 'an APDU after a reset'
# The reset is one: a PIN that was verified is no more.
client mct 20180100085206010600200081 apdu 00200081 mct 20110100 apdu $select apdu 00200081
pad wait 'Enter PIN'
keys 123456o
wait $client
same '9000 9000 9001' "$(tail -5 "$said" | head -3 | tr '\n' ' ' | sed 's/ $//')" 'before the reset'
same 63C3 "$(tail -1 "$said")" 'after the reset'

# PERFORM and MODIFY VERIFICATION.
perform() {
	client mct "$2"
	pad wait 'Enter PIN'
	keys "$3"
	ends "$1" "$2"
}
perform 9000 20180100085206010600200081 123456o
perform 9000 2018010009520701060020008100 123456o
perform 9000 20180100085206610600200081 123456		# six digits end it
perform 9000 201801000F5206010600200081510204088001FF 123456o
perform 9000 201801000F520D00060020008106FFFFFFFFFFFF 313233343536o
perform 9000 2018010013520D010800200081063132FFFFFFFF51020404 3456o
perform 63C2 20180100085206010600200081 999999o
perform 6401 20180100085206010600200081 1x
perform 6403 20180100085206010600200081 12345o
client mct 201801000B5206010600200081800101
pad wait 'Enter PIN'
ends 6400 'PERFORM without a key'
client mct 20180100085206010600B00081
ends 6404 'PERFORM of READ BINARY'
# modify WANT COMMAND OLD NEW AGAIN
modify() {
	client mct "$2"
	pad wait 'Enter old PIN'
	keys "$3"
	pad wait 'Enter new PIN'
	keys "$4"
	pad wait 'Repeat new PIN'
	keys "$5"
	ends "$1" "$2"
}
modify 6402 2019010009520701060000240081 123456o 91234567o 91234568o
modify 9000 2019010009520701060000240081 123456o 91234567o 91234567o
# Format 2, but for its first digit: this card takes digits alone.
perform 9000 2018010011520F020600200081083FFFFFFFFFF53637 313233343o
perform 6A80 2018010011520F020600200081082FFFFFFFFFFFFFFF 123456o
modify 9000 201901001A521801060E0024008110FFFFFFFFFFFFFFFF3030303030303030 \
    91234567o 222222o 222222o
perform 9000 20180100085206010600200081 22222200o

# The same commands by node addresses, and the card by its own.
universal() {
	client universal "$2" "$3" "$4"
	wait $client
	has "$(tail -1 "$said")" "$1" "universal $2 $3 $4"
}
universal '^010205008001059000$' 02 01 2013008000
universal '^010202006D00$' 02 01 20990000
universal '^00020400....9000$' 02 00 0084000002
universal '^000202006D00$' 02 00 00010000
universal '^error' 01 01 2013008000
universal '^error' 02 03 2013008000
client frame 02010300201300
ends 'error Transaction failed.' 'a frame of three bytes'
client frame 02010500201300
ends 'error Transaction failed.' 'a frame whose length is wrong'

# The card goes.
$part10 direct mct 2015010000 >"$said" &
client=$!
pad wait 'Remove card'
pad remove
ends 9001 EJECT
eventually pcscd_sees No
same 0102020064A1 "$($part10 direct universal 02 00 0084000002 | tail -1)" 'an APDU to no card'
$part10 direct mct 201201010130 >"$said" &
client=$!
pad wait 'Insert card'
keys x
ends 6401 'REQUEST and Cancel'
