#!/bin/sh
# Slots 0 and 1 of mode cards are activated within the installation that makes them. When that does not come about, the HSM is
# installed all the same, and the slot waits for `slot activate`.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm

codes=$CARDINAL_RUN/codes
(umask 077; printf 'slot %s code %s\n' 0 'code of zero' 1 'code of one' 7 'code of seven' >"$codes")

# install ONE...: the installation, up to what it asks of slot 0.
install() {
	begins install --quorum 2of3 --slot 0:cards,copies=1 --slot 1:cards,users=2,copies=1 --slot 7:cards,copies=1 \
	    --codes "$codes"
	writes anna bert cora
	reads anna bert
	gets 1 anna
	gets 1 bert
	gets 2 cora
	gets 1 dora
}

deck anna bert cora dora
install
comes 0 1 anna
comes 1 1 bert
comes 1 2 cora
go installation
finished 0
has "$(cardinal status)" '^Slots *open 0, 1, 2, 3, 4, 5, 6, 8, 9; closed 7$'
login 1 'code of one' --list-objects >/dev/null 2>&1 || die 'slot 1 does not open by its code'
has "$(cardinal events --verify)" 'is whole'

# Somebody presses Cancel at slot 1, which closes slot 0, too.
cardinal factory-reset --yes 2>/dev/null
fresh
install
comes 0 1 anna
asked_for 'Slot 1: User 1 / press OK/Cancel'
line press cancel
go 'Cancel at slot 1'
finished 3
has "$(cat "$err")" 'The HSM is installed; slot 1 stays closed: `cardinal slot activate 1` asks again'
has "$(cat "$out")" '^Check value:  [0-9a-f]\{10\}$' 'the advice'
has "$(cat "$out")" '^  slot 1 user 2 card 1, [0-9]\{20\}$' 'the advice'
same operational "$(word state)" state
has "$(cardinal status)" '^Slots *open 2, 3, 4, 5, 6, 8, 9; closed 0, 7; held 1$'
for n in 0 1; do
	begins slot activate $n --codes "$codes"
	[ $n = 1 ] || comes 0 1 anna
	[ $n = 0 ] || { comes 1 1 bert; comes 1 2 cora; }
	go "slot $n"
	finished 0
	slot_is $n open
done
