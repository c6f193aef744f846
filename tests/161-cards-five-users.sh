#!/bin/sh
# A slot of five users with two cards each opens for any card of each of them, in ascending order: nobody is asked before the one
# before has proven himself, and a card of somebody else is refused before its PIN.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm

deck anna bert cora dora emil fred gina hugo ines jona
(umask 077; printf 'slot 7 code seventh code\n' >"$CARDINAL_RUN/codes")
begins install --quorum 2of3 --slot 7:cards,users=5,copies=2 --codes "$CARDINAL_RUN/codes"
writes anna bert cora
reads anna bert
gets 1 anna bert
gets 2 cora dora
# A copy is another card, and no card of another user of the slot.
asked_for 'User 3 card 1 / press OK/Cancel'
swap emil
line press ok
pin_is
asked_for 'User 3 card 2 / press OK/Cancel'
line press ok
outcome 'Same card again'
asked_for 'User 3 card 2 / press OK/Cancel'
swap anna
line press ok
outcome 'Wrong card'
asked_for 'User 3 card 2 / press OK/Cancel'
swap fred
line press ok
pin_is
# Any of the two may be in when it is read, and nobody else's.
asked_for 'Read User 3 / press OK'
swap dora
line press ok
outcome 'Wrong card'
asked_for 'Read User 3 / press OK'
swap emil
line press ok
gets 4 gina hugo
gets 5 ines jona
go installation
finished 0
has "$(cat "$out")" '^  slot 7 user 5 card 2, ' 'the advice'
has "$(cardinal slot show 7)" '^Users *5 users, 2 cards each$'
slot_is 7 closed

begin=$(cardinal events | wc -l)
beeps_were 16
background login 7 'seventh code' --keypairgen --key-type EC:prime256v1 --label k --usage-sign
comes 7 1 bert
asked_for 'Slot 7: User 2 / press OK/Cancel'
swap anna
line press ok
outcome 'Wrong card'
asked_for 'Slot 7: User 2 / press OK/Cancel'
swap fred
line press ok
outcome 'Wrong card'
comes 7 2 cora
comes 7 3 emil
comes 7 4 hugo
go 'four of five users'
shows 'Slot 7: User 5 / press OK/Cancel'
same 'Slot 7: user 5' "$(front)" 'front display'
slot_is 7 asking
[ ! -s "$out" ] || die 'a login ends before the last user was there'
card jona
ok
pin
finished 0
slot_is 7 open
beeps_were 5
prompts_were "$begin" <<'Y'
Slot 7: User 1 / press OK/Cancel
Enter PIN
Slot 7: User 2 / press OK/Cancel
Slot 7: User 2 / press OK/Cancel
Slot 7: User 2 / press OK/Cancel
Enter PIN
Slot 7: User 3 / press OK/Cancel
Enter PIN
Slot 7: User 4 / press OK/Cancel
Enter PIN
Slot 7: User 5 / press OK/Cancel
Enter PIN
Y
has "$(login 7 'seventh code' --list-objects 2>&1)" 'label: *k$'
