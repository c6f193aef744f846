#!/bin/sh
# No card, a foreign one, a broken one, a blocked one, the same again, one without a share of the set, one that is pulled too early:
# each shows its outcome and the card is asked again, writing and reading. The installation then succeeds.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
configured 'outcome_time = 600'

# wrong N NAME OUTCOME
wrong() {
	asks "$1" "$2"
	outcome "$3"
}

# pulled WHEN N NAME: the card goes in that breath.
pulled() {
	asks "$2" "$3"
	go "card $2"
	at_once "wait \"$1\"" remove 'wait "No card"' 'press ok'
	slot=
}

# Of another set: xaver, yves, zoe, of whom zoe forgets her PIN. A share tool leaves the state as it is.
deck xaver yves zoe
installs 'another set'
begins share verify
asks 1 zoe
pin_is 111111
outcome 'Wrong PIN 2 left'
pin_is 111111
outcome 'Wrong PIN 1 left'
pin_is 111111
outcome 'Card blocked'
go 'blocking a card'
finished 1
has "$(cat "$err")" 'the card is blocked by wrong PINs'
same operational "$(word state)" 'the state after a card was blocked'
cardinal factory-reset --yes 2>/dev/null

for name in anna bert cora empty; do
	cardinal-pad card new $name >/dev/null
done
cardinal-pad card new foreign --cards "$CARDINAL_RUN/elsewhere" >/dev/null
cp "$CARDINAL_RUN/elsewhere/foreign.card" "$CARDINAL_CARDS/foreign.card"
head -c 100 "$CARDINAL_CARDS/empty.card" >"$CARDINAL_CARDS/broken.card"
: >"$CARDINAL_CARDS/blank.card"
pad remove
slot=

begins install --quorum 2of3
asked_for 'Write New Key / press OK/Cancel'
line press ok
wrong 1 '' 'No card'
wrong 1 foreign 'Foreign card'
wrong 1 broken 'Foreign card'
wrong 1 blank 'Foreign card'
wrong 1 zoe 'Card blocked'
pulled 'Please wait' 1 anna
pulled 'Enter PIN' 1 anna
asks 1 anna
asked_for 'Enter PIN'
line press 1 2 3 4
line remove
outcome 'No card'
slot=
gives 1 anna
wrong 2 anna 'Same card again'
gives 2 bert
wrong 3 anna 'Same card again'
wrong 3 bert 'Same card again'
gives 3 cora

asked_for 'Read New Key / press OK/Cancel'
line press ok
wrong 1 '' 'No card'
wrong 1 foreign 'Foreign card'
wrong 1 broken 'Foreign card'
wrong 1 empty 'Wrong card'
wrong 1 xaver 'Wrong card'
wrong 1 zoe 'Card blocked'
pulled 'Please wait' 1 cora
pulled 'Enter PIN' 1 cora
gives 1 cora
wrong 2 cora 'Same card again'
asks 2 bert
go 'reading'
# While it is read: nothing is lost, so it is asked again.
at_once 'wait "Enter PIN"' 'press 1 2 3 4 5 6 ok' 'wait "Please wait"' remove 'wait "No card"' 'press ok'
slot=
gives 2 anna
go 'the last card'
finished 0
same operational "$(word state)" 'the state'
# A card that was put aside is as it was.
for name in anna bert cora empty yves; do
	has "$(cardinal-pad card show $name)" 'tries left: 3' "card $name"
done
