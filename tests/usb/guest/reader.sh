# Sourced after lib.sh by the scripts about one reader: what each of them does. $name is a part of its
# name. The pad has a card `anna`; each part leaves it in the slot, with the PIN as it is after
# change_pin.
pcsc=build/tests/tools/part10
app=00A4040C0AF043415244494E414C01
verify=1E0A820000100602010904000000000400000000200081
modify=1E0A8200000000100603020309040001020000000400000000240081
atr='^3b:bf:b6:00:81:31:fe:5d:'

# ask STEP...: after the share application was selected, in the background.
ask() {
	$pcsc reader "$(called "$name")" present shared apdu $app "$@" >"$LOGS/answer" 2>&1 &
	asked=$!
}

# answered ANSWER WHAT: the last one is that.
answered() {
	wait "$asked" || die "$2: $(cat "$LOGS/answer")"
	same "$1" "$(tail -1 "$LOGS/answer")" "$2"
}

# enter PROMPT KEY...
enter() {
	pad wait "$1" --timeout 30 || die "the pad does not show '$1': $(pad display)"
	shift
	pad press "$@"
}

card_in_and_out() {
	eventually sees No "$name"
	pad insert anna
	eventually sees Yes "$name"
	has "$(opensc-tool --list-readers)" "PIN pad  *.*$name" 'the list of readers'
	has "$(opensc-tool --reader "$(called "$name")" --atr)" "$atr" 'the ATR'
	pad remove
	eventually sees No "$name"
	# As an event: opensc-tool waits for it.
	opensc-tool --reader "$(called "$name")" --wait --atr >"$LOGS/waited" 2>&1 &
	waiting=$!
	eventually grep -q Waiting "$LOGS/waited"
	pad insert anna
	wait $waiting
	# What it says of the ATR itself is empty after a wait.
	has "$(opensc-tool --reader "$(called "$name")" --atr)" "$atr" 'the ATR of the next card'
}

verify_pin() {
	ask feature 06 $verify
	pad wait 'Enter PIN' --timeout 30
	# Slowly, so that the reader has to ask for more time; nobody else is to be heard meanwhile.
	for key in 1 2 3; do
		pad press $key
		sleep 1.5
	done
	pad press 4 5 6 ok
	answered 9000 'VERIFY'
	ask feature 06 $verify
	enter 'Enter PIN' 6 5 4 3 2 1 ok
	answered 63C2 'VERIFY with a wrong PIN'
	ask feature 06 $verify
	enter 'Enter PIN' 1 cancel
	answered 6401 'VERIFY with Cancel'
	ask feature 06 020082000010060201090400000000050000000020008100
	answered 6400 'VERIFY without a key'
	# A format that there is not. The reader, or its driver, refuses it, and goes on.
	ask feature 06 1E0A830000100602010904000000000400000000200081
	wait "$asked"
	has "$(tail -1 "$LOGS/answer")" '^6B80$\|^error' 'VERIFY of a wrong structure'
}

# From 123456 to 7777777.
change_pin() {
	ask feature 07 $modify
	enter 'Enter old PIN' 1 2 3 4 5 6 ok
	enter 'Enter new PIN' 7 7 7 7 7 7 7 ok
	enter 'Repeat new PIN' 7 7 7 7 7 7 7 ok
	answered 9000 'CHANGE REFERENCE DATA'
	ask feature 07 $modify
	enter 'Enter old PIN' 7 7 7 7 7 7 7 ok
	enter 'Enter new PIN' 1 2 3 4 5 6 ok
	enter 'Repeat new PIN' 1 2 3 4 5 7 ok
	answered 6402 'CHANGE REFERENCE DATA with PINs that differ'
}

# A command and a response of 1500 bytes, more than a reader sends in one piece.
long_data() {
	data=$(seq -f %04g 0 749 | tr -d '\n')
	create=00E000001E621C8002060082010183024111860CB0000000FFFFD6000000FFFF8A0105
	ask feature 06 $verify apdu $create apdu 00D600000005DC$data apdu 00B000000005DC
	enter 'Enter PIN' 7 7 7 7 7 7 7 ok
	answered "${data}9000" 'READ BINARY of what was written'
	same '9000 9000' "$(tail -3 "$LOGS/answer" | head -2 | paste -sd ' ')" \
	    'CREATE FILE, UPDATE BINARY'
}

# Out and in again; then while a PIN is asked; then without pause.
plug() {
	for i in 1 2 3; do
		pad unplug
		eventually unknown "$name"
		pad plug
		eventually sees Yes "$name"
	done
	ask feature 06 $verify
	pad wait 'Enter PIN' --timeout 30
	pad press 1 2 3
	pad unplug
	# Its end is not held up by the person who is gone.
	eventually unknown "$name"
	wait "$asked" || :
	pad plug
	eventually sees Yes "$name"
	has "$(opensc-tool --reader "$(called "$name")" --atr)" "$atr" 'the ATR after all that'
}
