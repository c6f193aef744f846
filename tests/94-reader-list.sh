#!/bin/sh
# The list of readers, also without the daemon: what each offers, whether it has a card, who holds it; and what is the
# matter when there is no reader, no pcscd, or no access to it.
cd "$(dirname "$0")/.." && . tests/lib.sh

if [ -z "${INSIDE-}" ]; then
	# No pcscd at all.
	fails 1 env PCSCLITE_CSOCK_NAME=/nowhere/comm cardinal reader list 2>&1 | grep -q 'pcscd does not run: .*/nowhere/comm' ||
	    die 'no pcscd is not told'
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	# A socket that was left behind.
	python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/left"
	has "$(PCSCLITE_CSOCK_NAME=$T/left cardinal reader probe 2>&1)" 'pcscd has ended'
	INSIDE=none sandbox --pads 0 -- "$0"
	INSIDE=two sandbox --pads 2 -- "$0"
	INSIDE=few sandbox --without text -- "$0"
	INSIDE=bare sandbox --without direct,start,text -- "$0"
	exit 0
fi

case $INSIDE in
none)
	has "$(cardinal reader list 2>&1)" 'knows no reader'
	same '[]' "$(cardinal reader list --json 2>/dev/null)" JSON
	fails 1 cardinal reader probe 2>/dev/null
	exit 0
	;;
few)
	# Until the driver has met its pad, it says what a pad of ours usually offers.
	eventually sh -c "cardinal reader list | grep -q '^yes  *no  *no  *Cardinal PIN pad 0 00 00$'"
	exit 0
	;;
bare)
	eventually sh -c "cardinal reader list | grep -q '^no  *no  *no  *Cardinal PIN pad 0 00 00$'"
	exit 0
	;;
esac

new_card anna 1
eventually pcscd_sees No 0
cardinal reader list >"$CARDINAL_RUN/list"
cat >"$CARDINAL_RUN/want" <<'X'
PIN PAD  TEXT  CARD  READER
yes      yes   no    Cardinal PIN pad 0 00 00
yes      yes   yes   Cardinal PIN pad 1 01 00
X
diff "$CARDINAL_RUN/want" "$CARDINAL_RUN/list" || die 'the list is another'
has "$(cardinal reader list --json)" '"reader":"Cardinal PIN pad 1 01 00","error":null,"pin_pad":true,"text":true,"card":true'
# Another program holds one: the other is told all the same.
mkfifo "$CARDINAL_RUN/hold"
build/tests/tools/pcsc_hold "Cardinal PIN pad 1 01 00" <"$CARDINAL_RUN/hold" >"$CARDINAL_RUN/held" &
exec 9>"$CARDINAL_RUN/hold"
eventually grep -q held "$CARDINAL_RUN/held"
cardinal reader list >"$CARDINAL_RUN/list"
cat >"$CARDINAL_RUN/want" <<'X'
PIN PAD  TEXT  CARD  READER
yes      yes   no    Cardinal PIN pad 0 00 00
?        ?     yes   Cardinal PIN pad 1 01 00  (in use by another program)
X
diff "$CARDINAL_RUN/want" "$CARDINAL_RUN/list" || die 'the list with a held reader is another'
has "$(cardinal reader list --json)" '"reader":"Cardinal PIN pad 1 01 00","error":"busy","pin_pad":null'
status=0
cardinal reader probe 'pad 1' >"$CARDINAL_RUN/probe" || status=$?
same 1 $status 'probe of a held reader'
has "$(cat "$CARDINAL_RUN/probe")" 'another program holds the reader'
# It lets the card go, and stays connected: its text would be overwritten, so none is shown.
echo >&9
eventually grep -q ended "$CARDINAL_RUN/held"
has "$(cardinal reader probe 'pad 1')" '^Text *not tried'
has "$(cardinal reader probe 'pad 1')" 'another program uses the reader, too'
exec 9>&-
wait
fails 0 cardinal reader probe 'pad 1' >/dev/null
