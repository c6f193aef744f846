#!/bin/sh
# An installation under libccid, with no driver of ours: the reader shows no text of the host's, so the
# prompts come at the command line; a card that is put in, or a line, answers them; PINs are entered
# at the reader.
cd "$(dirname "$0")/../../.." && . tests/usb/guest/lib.sh
. tests/usb/guest/install.sh

rm -r /usr/lib/pcsc/drivers/ifd-cardinal.bundle /usr/lib/pcsc/drivers/serial/libifd-cardinal.so \
    /etc/reader.conf.d/cardinal
start_pad
start_reader ccid
start_pcscd
eventually knows 'cyberJack go'
prepare 'cyberJack go'
has "$(cardinal reader probe cyberJack)" 'cyberJack go' 'what probe says'

mkfifo "$CARDINAL_RUN/answers"
# A writer that stays.
exec 4<>"$CARDINAL_RUN/answers"
out=$LOGS/out.install
err=$LOGS/err.install
# says TEXT: the command says it, once more than before.
seen=0
says() {
	eventually sh -c "tail -n +$((seen + 1)) '$err' | grep -q -e '$1'"
	seen=$((seen + $(tail -n +$((seen + 1)) "$err" | grep -n -m 1 -e "$1" | cut -d : -f 1)))
}
line() {
	printf '%s\n' "$1" >&4
}
# put_in NUMBER NAME: what was in the slot is out for as long as a hand takes, or nobody hears of it.
put_in() {
	says "Insert $1. card"
	pad remove 2>/dev/null || :
	eventually heard absent
	pad insert "$2"
	pin
}

cardinal install --quorum 2of3 <"$CARDINAL_RUN/answers" >"$out" 2>"$err" 4>&- &
job=$!
says 'Write New Key'
has "$(cardinal status --json)" '"display": *false' 'the status'
line ok
put_in 1 anna
put_in 2 bert
put_in 3 cora
says 'Read New Key'
line ok
# The card in the slot may be the first: Enter says so.
says 'Insert 1. card'
line ''
pin
put_in 2 anna
finished 0
installed_2of3
