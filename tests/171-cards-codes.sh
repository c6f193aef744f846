#!/bin/sh
# Codes of a slot that people open: C_SetPIN needs it open; C_InitPIN by the SO asks all users where it is closed; C_InitToken
# drops key and objects and keeps the users; `slot code` shows what is stored, `slot mode` keeps the keys.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
T=$CARDINAL_RUN
P11_MODULE=$module
export P11_MODULE
session='C_Initialize os C_OpenSession 7 rw s'
so=text:87654321

p11() {
	build/tests/tools/p11 "$@"
}

# users STEP...: what is asked of both, done for a program.
users() {
	background p11 $session "$@"
	comes 7 1 anna
	comes 7 2 bert
	go "$*"
	finished 0
}

# asks_nobody WANT STEP...: what the last one answers, at once.
asks_nobody() {
	before=$(cardinal events | wc -l)
	want=$1
	shift
	same "$want" "$(p11 $session "$@")" "$*"
	same '' "$(asked "$before" | grep Slot || :)" "what the pad asked: $*"
}

closes() {
	cardinal slot deactivate 7 2>/dev/null
	slot_is 7 closed
}

slot=
deck anna bert
gets 1 anna
gets 2 bert
trial 7 --users 2 --copies 1
users C_Login s user "text:$new_code" C_GenerateKeyPair s EC_KEY_PAIR_GEN ec_params=p256,token=yes,label=k \
    token=yes,label=k o o2
fails 1 cardinal slot code 7 --show 2>/dev/null

# The user's own: while it is open. The cards stay.
asks_nobody 'C_Login CKR_PIN_INCORRECT' C_SetPIN s "text:$new_code" 'text:second code' -C_Login s user "text:$new_code"
closes
asks_nobody 'C_SetPIN CKR_FUNCTION_FAILED' -C_SetPIN s 'text:second code' 'text:third code'
asks_nobody 'C_Login CKR_PIN_INCORRECT' -C_Login s user "text:$new_code"
users C_Login s user 'text:second code' find s label=k,class=private_key k count 1

# The SO's: where it is open nobody is asked, where it is closed all are, and it stays closed.
asks_nobody '' C_Login s so $so C_InitPIN s 'text:third code'
closes
asks_nobody 'C_Login CKR_PIN_INCORRECT' -C_Login s so text:00000000
order=Code
users C_Login s so $so C_InitPIN s 'text:fourth code'
order=Slot
slot_is 7 closed
asks_nobody 'C_Login CKR_PIN_INCORRECT' -C_Login s user 'text:third code'
users C_Login s user 'text:fourth code' find s label=k,class=private_key k count 1
asks_nobody '' C_Login s so $so C_SetPIN s $so 'text:another so pin'
so='text:another so pin'
closes

# To auto and back, with the keys: the users are asked, and gone afterwards.
(umask 077; printf 'slot 7 now fourth code\n' >"$T/to_auto"; printf 'slot 7 code fifth code\n' >"$T/back")
background cardinal slot mode 7 auto --codes "$T/to_auto"
order=Mode
comes 7 1 anna
comes 7 2 bert
order=Slot
go 'mode auto'
finished 0
has "$(cardinal slot show 7)" '^Mode *auto$'
asks_nobody '' C_Login s user "text:$(cardinal slot code 7 --show)" find s label=k,class=private_key k count 1
begins user verify
gives 1 anna
go 'a card that was a user of the slot'
finished 1
has "$(cat "$out")" '^Here: *nobody'
begins slot mode 7 cards --users 1 --copies 1 --codes "$T/back"
asked_for 'User 1 card 1 / press OK/Cancel'
swap anna
line press ok
asked_for Overwrite
line press ok
pin_is
asked_for 'Read User 1 / press OK'
line press ok
go 'mode cards'
finished 0
asks_nobody '' C_Login s user 'text:fifth code' find s label=k,class=private_key k count 1
closes
# What bert's card proves is worth nothing now.
background p11 $session C_Login s user 'text:fifth code' find s label=k,class=private_key k count 1
asked_for 'Slot 7: User 1 / press OK/Cancel'
swap bert
line press ok
outcome 'Wrong card'
comes 7 1 anna
go 'one user'
finished 0

# Another token: without keys and code, with the user, who is asked when the SO gives a code.
p11 C_Initialize os C_InitToken 7 "$so" anew
has "$(cardinal slot show 7)" '^Users *1 user, 1 card$'
has "$(cardinal slot show 7)" '^Code *none yet'
background p11 $session C_Login s so "$so" C_InitPIN s 'text:sixth code'
order=Code
comes 7 1 anna
order=Slot
go 'a code for another token'
finished 0
slot_is 7 closed
background p11 $session C_Login s user 'text:sixth code' find s label=k k count 0
comes 7 1 anna
go 'another token'
finished 0
has "$(cardinal events --verify)" 'is whole'

# No code is in a record, a log or a file.
cardinal events --json >"$T/events"
for secret in "$new_code" 'second code' 'third code' 'fourth code' 'fifth code' 'sixth code' 'another so pin'; do
	! grep -rlF "$secret" "$T/events" "$SANDBOX_LOGS" "$CARDINAL_STATE" || die "'$secret' is kept there"
done
