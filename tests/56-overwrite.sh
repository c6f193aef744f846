#!/bin/sh
# A card with a share of another LIVE set asks `Overwrite`, naming it: OK writes; taken out, it keeps what it has and another card
# serves; Cancel ends the ceremony. A share of a set that was broken off is not worth asking.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

deck xaver yves zoe anna bert cora
installs 'another set'
old=$(word id)
old8=$(echo "$old" | cut -c 1-8)
cardinal factory-reset --yes 2>/dev/null
pad remove
slot=
mkdir "$CARDINAL_RUN/kept"
cp "$CARDINAL_CARDS"/*.card "$CARDINAL_RUN/kept"

kept() {
	cmp -s "$CARDINAL_RUN/kept/$1.card" "$CARDINAL_CARDS/$1.card" || die "card $1 has changed"
}

# Cancel.
begins install --quorum 2of3
asked_for 'Write New Key / press OK/Cancel'
line press ok
asks 1 xaver
asked_for "Overwrite / $old8?  OK"
line press cancel
go Cancel
finished 3
broken_off "backup-create, card 1 of 3 ($(serial xaver)), step overwrite: Cancel was pressed. $(ways_out 0)"
kept xaver

# Taken out; then OK on another one.
begins resume
asked_for 'Write New Key / press OK/Cancel'
line press ok
asks 1 xaver
asked_for "Overwrite / $old8?  OK"
line remove
slot=
outcome 'No card'
asks 1 yves
asked_for "Overwrite / $old8?  OK"
line press 1 ok
pin_is
asked_for 'Insert 2. card / press OK/Cancel'
line press cancel
go 'taken out, then overwritten'
finished 3
kept xaver

# The set that broke off: yves is written without a question; a card of the old set is still asked about.
begins resume
asked_for 'Write New Key / press OK/Cancel'
line press ok
gives 1 anna
asks 2 xaver
asked_for "Overwrite / $old8?  OK"
line press ok
pin_is
gives 3 yves
reads xaver yves
go 'resuming'
finished 0
same operational "$(word state)" 'the state'
kept zoe
for name in anna xaver yves; do
	begins share verify
	gives 1 $name
	go "verify $name"
	finished 0
done
