#!/bin/sh
# The third wrong PIN: `Card blocked` shows, and that is the end; writing and reading. Both ways lead out, with another card.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
configured 'outcome_time = 600'

three_wrong() {
	pin_is 111111
	outcome 'Wrong PIN 2 left'
	pin_is 222222
	outcome 'Wrong PIN 1 left'
	pin_is 333333
	outcome 'Card blocked'
}

blocked() {
	go "$1"
	finished 1
	has "$(cat "$err")" 'the card is blocked by wrong PINs' 'what the command says'
	has "$(cardinal-pad card show "$2")" 'tries left: 0' "card $2"
	broken_off "$1: the card is blocked by wrong PINs. $(ways_out "$3")"
	pad remove
	slot=
}

writing() {
	cards='anna bert cora dora'
	asked_for 'Write New Key / press OK/Cancel'
	line press ok
	gives 1 anna
	asks 2 bert
	three_wrong
	begins install --quorum 2of3
	blocked "backup-create, card 2 of 3 ($(serial bert)), step pin" bert 1
	cards='anna dora cora'
}

reading() {
	cards='anna bert cora dora'
	writes anna bert cora
	asked_for 'Read New Key / press OK/Cancel'
	line press ok
	asks 1 cora
	three_wrong
	begins install --quorum 2of3
	blocked "backup-read, card 1 of 2 ($(serial cora)), step pin" cora 3
}


deck anna bert cora dora
both_ways writing
# After a factory reset another holder takes the place of cora.
others="anna bert dora"
both_ways reading
