#!/bin/sh
# A reader that another program holds is told as in use, within seconds, and nothing begins; one that another program holds for
# a moment only, in the middle of a ceremony, ends nothing.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
hold=$PWD/build/tests/tools/pcsc_hold

if [ -z "${INSIDE-}" ]; then
	INSIDE=yes sandbox --hsm -- "$0"
	exit 0
fi

# A program that holds the card, until `let_go`.
held() {
	mkfifo "$CARDINAL_RUN/hold"
	: >"$CARDINAL_RUN/held"
	"$hold" "$(reader)" <"$CARDINAL_RUN/hold" >"$CARDINAL_RUN/held" &
	holder=$!
	exec 9>"$CARDINAL_RUN/hold"
	eventually grep -q held "$CARDINAL_RUN/held"
}

let_go() {
	exec 9>&-
	wait $holder
	rm "$CARDINAL_RUN/hold" "$CARDINAL_RUN/held"
}

for name in a b c; do
	cardinal-pad card new $name >/dev/null
done
insert a

held
background cardinal install --quorum 2of3
finished 1
has "$(cat "$err")" 'in use by another program'
same factory "$(word state)" state
let_go

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
held
pad press ok
# The prompt's next second finds the reader taken, and waits for it.
fails 4 pad wait 'Insert 1. card' --timeout 2 2>/dev/null
let_go
shows 'Insert 1. card / press OK/Cancel'
ok
pin
hand_over 2 b
hand_over 3 c
read_some a b
finished 0
