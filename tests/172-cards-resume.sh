#!/bin/sh
# An installation breaks off while slot users get their cards: the key is kept, who is enrolled stays, and resuming makes
# the others alone, whose cards are written anew without a question. So it is after Cancel, after a third wrong PIN, and
# when the daemon is killed.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
T=$CARDINAL_RUN
slots='--slot 1:cards,users=2,copies=2 --slot 7:cards,copies=1'
kept='The key is kept: `cardinal resume` makes the missing users, `cardinal factory-reset` starts over'

# The slots and their codes are said once more.
resumes_again() {
	begins resume $slots --codes "$T/codes"
}

deck anna bert cora dora emil fred
(umask 077; printf 'slot 1 code code of one\nslot 7 code code of seven\n' >"$T/codes")
daemon ''
begins install --quorum 2of3 $slots --codes "$T/codes"
writes anna bert cora
reads anna bert
gets 1 anna bert
asked_for 'User 2 card 1 / press OK/Cancel'
swap cora
line press ok
pin_is
asked_for 'User 2 card 2 / press OK/Cancel'
line press cancel
go installation
finished 3
broken_off "slot-users, slot 1 user 2, card 2 of 2, step insert: Cancel was pressed. $kept"
set=$(word id)

# User 2 is made anew: cora's card has half of him, which opens nothing and is not asked about.
resumes_again
asked_for 'User 2 card 1 / press OK/Cancel'
swap cora
line press ok
pin_is
asked_for 'User 2 card 2 / press OK/Cancel'
swap dora
line press ok
for left in 'Wrong PIN 2 left' 'Wrong PIN 1 left' 'Card blocked'; do
	pin_is 111111
	outcome "$left"
done
go resuming
finished 1
broken_off "slot-users, slot 1 user 2, card 2 of 2 ($(serial dora)), step pin: the card is blocked by wrong PINs. $kept"

resumes_again
asked_for 'User 2 card 1 / press OK/Cancel'
swap cora
line press ok
go 'before a kill'
shows 'Enter PIN'
signal=-KILL
daemon ''
wait "$job" || :
pad press cancel
told "cardinald was stopped in slot-users, slot 1 user 2, card 1 ($(serial cora)), step pin. $kept"

signal=-TERM
resumes_again
gets 2 cora emil
gets 1 fred
comes 1 1 anna
comes 1 2 emil
go 'resuming, to the end'
finished 0
same operational "$(word state)" 'the state'
same "$set" "$(word id)" 'the set'
has "$(cardinal status)" '^Slots *open 0, 1, 2, 3, 4, 5, 6, 8, 9; closed 7$'
begins slot activate 7 --codes "$T/codes"
comes 7 1 fred
go 'slot 7'
finished 0
has "$(cardinal events --verify)" 'is whole'
kill "$daemon"
wait "$daemon"
