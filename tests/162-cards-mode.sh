#!/bin/sh
# A slot gets users and loses them again, and others when their cards are lost; what the operator types follows the ceremony to its end, waits for its turn behind
# another slot, and tells by its exit status how it ended. A slot whose opening failed waits for him.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
on_both_builds
if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	export T
	trap 'rm -rf "$T"' EXIT
	printf 'prompt_timeout = 10\n' >"$T/conf"
	in_sandbox --hsm --hsm-config "$T/conf"
fi

deck anna bert cora dora emma fritz
(umask 077
printf 'slot 3 code third code\nslot 7 code seventh code\n' >"$T/codes"
printf 'slot 3 now wrong code\nslot 3 code new third code\n' >"$T/wrong"
printf 'slot 3 now third code\nslot 3 code new third code\n' >"$T/to"
printf 'slot 3 code new third code\n' >"$T/new")
install_2of3 --slot 3:code --slot 7:cards,copies=1 --codes "$T/codes"
makes 7 1 dora
finished 0
beeps_were 3

# A wrong code makes no cards.
before=$(cardinal events | wc -l)
fails 1 cardinal slot mode 3 cards --users 2 --copies 1 --codes "$T/wrong"
same '' "$(asked "$before")" 'what the pad asked after a wrong code'

# Cancelled, it stays as it was.
login 3 'third code' --keypairgen --key-type EC:prime256v1 --label k --usage-sign >/dev/null
background cardinal slot mode 3 cards --users 2 --copies 1 --codes "$T/to"
shows 'User 1 card 1 / press OK/Cancel'
pad press cancel
finished 3
has "$(cat "$err")" '^slot 3 keeps mode code$'
has "$(cardinal slot show 3)" '^Mode *code$'
same operational "$(word state)" state

background cardinal slot mode 3 cards --users 2 --copies 1 --codes "$T/to"
makes 3 1 bert
makes 3 2 cora
finished 0
has "$(cat "$err")" '^slot 3 has mode cards$'
has "$(cardinal slot show 3)" '^Users *2 users, 1 card each$'
has "$(cardinal events)" ' slot, mode: .slot 3.: ok$'
login 3 'new third code' --list-objects >"$T/list" 2>/dev/null || die 'an open slot is closed by its new mode'
has "$(cat "$T/list")" 'label: *k$'

# Two openings: the second waits for its turn, and says so. The first is cancelled, so that its slot is held.
cardinal slot deactivate 3
beeps_were 5
background cardinal slot activate 7 --codes "$T/codes"
shows 'Slot 7: User 1 / press OK/Cancel'
cardinal slot activate 3 --codes "$T/new" 2>"$T/second" &
second=$!
eventually grep -q '^slot 3 waits for its turn: another ceremony runs (activate)$' "$T/second"
has "$(cardinal status)" '^Slots .*asking 3, 7$'
has "$(cardinal status)" '^Left *[0-9]* s$'
pad press cancel
finished 3
has "$(cat "$err")" 'Slot 7 stays closed: `cardinal slot activate 7` asks again'
proves 3 1 bert
proves 3 2 cora
wait $second || die "the second: $(cat "$T/second")"
has "$(cat "$T/second")" '^slot 3 is open$'
slot_is 7 held
has "$(cardinal status)" '^Held *slot 7 waits for `cardinal slot activate 7`'
beeps_were 3

# Programs that start again ask nobody; the operator does. Nobody comes in time.
before=$(cardinal events | wc -l)
login 7 'seventh code' --list-objects >"$T/no" 2>&1 && die 'a held slot opens'
has "$(cat "$T/no")" CKR_FUNCTION_FAILED
same '' "$(asked "$before")" 'what the pad asked for a held slot'
background cardinal slot activate 7 --codes "$T/codes"
shows 'Slot 7: User 1 / press OK/Cancel'
finished 4
slot_is 7 held

# Another user's card is refused before its PIN; the right one opens it.
background cardinal slot activate 7 --codes "$T/codes"
shows 'Slot 7: User 1 / press OK/Cancel'
card bert
ok
shows 'Wrong card'
proves 7 1 dora
finished 0
slot_is 7 open

# Back to a code: the users are asked, though the slot is open, and read what for.
(umask 077
printf 'slot 7 code new seventh code\nslot 7 now seventh code\n' >"$T/back")
background cardinal slot mode 7 code --codes "$T/back"
order=Mode
proves 7 1 dora
order=Slot
finished 0
has "$(cardinal slot show 7)" '^Mode *code$'
login 7 'new seventh code' --list-objects

# The cards of slot 3 are lost, and with them its keys, but not the slot: a new token takes other users, whom nobody asks for it.
fails 1 cardinal slot mode 3 cards --codes "$T/new"
cardinal slot wipe 3 --yes 2>"$T/wiped"
has "$(cat "$T/wiped")" '`cardinal slot mode 3 cards` gives it others'
background cardinal slot mode 3 cards --codes "$T/new"
makes 3 1 emma fritz
finished 0
has "$(cat "$out")" '^  slot 3 user 1 card 2, [0-9]\{20\}$' 'the advice'
has "$(cardinal slot show 3)" '^Users *1 user, 2 cards$'
background login 3 'new third code' --keypairgen --key-type EC:prime256v1 --label k --usage-sign
proves 3 1 fritz
finished 0
cardinal slot wipe 3 --yes 2>/dev/null
cardinal slot mode 3 code --codes "$T/new" 2>/dev/null
same '' "$(login 3 'new third code' --list-objects 2>/dev/null)" 'objects of a new token'
has "$(cardinal events --verify)" 'is whole'
