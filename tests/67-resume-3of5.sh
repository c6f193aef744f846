#!/bin/sh
# An installation 3 of 5 that breaks off with 0 to 5 cards written is resumed: with fewer than three written by a new set of the
# same quorum, with three or more by the set that is there.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm
quorum 3 5

# cancels WRITTEN PROMPT WHERE
cancels() {
	writes anna bert cora dora emil
	asked_for 'Read New Key / press OK/Cancel'
	until_prompt "$2" 'press cancel'
	begins install --quorum 3of5
	go "$1 written"
	finished 3
	broken_off "$3: Cancel was pressed. $(ways_out "$1")"
	same "$1" "$(written | wc -l)" 'the cards that are written'
}

deck anna bert cora dora emil
one_way cancels 0 3 "backup-create, card 1 of 5 ($(serial anna)), step pin"
one_way cancels 1 4 'backup-create, card 2 of 5, step insert'
one_way cancels 2 7 "backup-create, card 3 of 5 ($(serial cora)), step pin"
both_ways cancels 3 8 'backup-create, card 4 of 5, step insert'
both_ways cancels 4 11 "backup-create, card 5 of 5 ($(serial emil)), step pin"
one_way cancels 5 12 'backup-read, step begin'

# Broken off again while it is resumed: what was written counts.
fresh
cancels 3 8 'backup-create, card 4 of 5, step insert'
set=$(word id)
asked_for 'Read New Key / press OK/Cancel'
line press ok
hands cora anna bert
asked_for 'Write New Key / press OK/Cancel'
line press ok
gives 4 dora
asked_for 'Insert 5. card / press OK/Cancel'
line press cancel
begins resume
go 'resuming, broken off'
finished 3
broken_off "backup-create, card 5 of 5, step insert: Cancel was pressed. $(ways_out 4)"
same "$set" "$(word id)" 'the set'
resumes
