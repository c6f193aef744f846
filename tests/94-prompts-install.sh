#!/bin/sh
# An installation 2 of 3 at a reader with a PIN pad that shows no text of the host: the command says the prompts, lines
# of its standard input answer them, and so do cards that are put in.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
in_sandbox --hsm --without text

for name in anna bert cora; do
	cardinal-pad card new $name >/dev/null
done
fifo=$CARDINAL_RUN/answers
out=$CARDINAL_RUN/out
err=$CARDINAL_RUN/err
mkfifo "$fifo"
# A writer that stays: end of file is another test.
sleep 600 >"$fifo" &
holder=$!
trap 'kill $holder' EXIT

# says TEXT: the command says it, once more than before.
seen=0
says() {
	eventually sh -c "tail -n +$((seen + 1)) '$err' | grep -q -e '$1'"
	seen=$((seen + $(tail -n +$((seen + 1)) "$err" | grep -n -m 1 -e "$1" | cut -d : -f 1)))
}

line() {
	printf '%s\n' "$1" >"$fifo"
}

before=$(cardinal events | wc -l)
cardinal install --quorum 2of3 <"$fifo" >"$out" 2>"$err" &
job=$!
says '^>> \[1\] Write New Key / press OK/Cancel'
has "$(cardinal status)" '^Asks *\[1\] Write New Key / press OK/Cancel'
same false "$(cardinal status --json | grep -o '"display":[a-z]*' | cut -d : -f 2)" display
# One BEL a beep.
eventually grep -q "$(printf '\007')" "$err"
line 'something else'
says 'Enter is OK'
line ''
says '^>> \[2\] Insert 1. card / press OK/Cancel'
# The card is the answer, where the slot was empty.
pad insert anna
says '^>> Enter PIN at the reader now'
pin
says '^>> \[3\] Insert 2. card'
# A line for a prompt that has had its answer does not answer this one.
line 'ok 2'
# The same card is not: Enter is.
line 'ok 3'
says 'Same card again'
says '^>> \[4\] Insert 2. card'
pad remove
pad insert bert
pin
says '^>> \[5\] Insert 3. card'
pad remove
pad insert cora
pin 111111
says 'Wrong PIN 2 left'
pin
says '^>> \[6\] Read New Key'
line ok
says '^>> \[7\] Insert 1. card'
line ''
pin
says '^>> \[8\] Insert 2. card'
pad remove
pad insert anna
pin
wait $job || die "status $?: $(cat "$err")"

same operational "$(word state)" state
has "$(cat "$out")" "^Set: *$(word id) (2 of 3, LIVE)"
cat >"$CARDINAL_RUN/want" <<'X'
Write New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Insert 2. card / press OK/Cancel
Enter PIN
Insert 3. card / press OK/Cancel
Enter PIN
Enter PIN
Read New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Enter PIN
X
asked "$before" | diff "$CARDINAL_RUN/want" - || die 'the prompts are others'
# Each is printed once, on the pad nothing but the PIN entries.
same 1 "$(grep -c '^>> \[7\]' "$err")" 'prompt 7 as often'
grep -q 'Insert' "$CARDINAL_RUN"/logs/* 2>/dev/null && die 'the pad was asked'
has "$(cardinal events --verify)" 'is whole'
# The tools for custodians are led the same way; anna's card is in.
has "$(echo | cardinal share info 2>/dev/null)" "$(word id) (share 1, 2 of 3, LIVE)"
: >"$err"
seen=0
cardinal share verify <"$fifo" >"$out" 2>"$err" &
job=$!
says 'Insert 1. card'
line ''
pin
wait $job || die "status $?: $(cat "$err")"
has "$(cat "$out")" 'is right'
