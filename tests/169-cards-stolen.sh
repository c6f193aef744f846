#!/bin/sh
# Somebody has a copy of the whole state directory, taken while the slot was open, its code, its SO PIN, and an HSM and cards of
# his own, but not the users' cards: nothing opens the slot, and its keys are neither on the disk nor in the memory of an HSM
# that has closed it. All the cards without the code open nothing either.
cd "$(dirname "$0")/.." && . tests/lib.sh
# The sanitizers keep freed memory for a while.
PATH=$PWD/build:$PATH BUILD=$PWD/build
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	mkdir "$T/logs"
	for INSIDE in owner intruder; do
		export INSIDE T
		sandbox --hsm --state "$T/$INSIDE" --cards "$T/cards-$INSIDE" --logs "$T/logs" -- "$0" || {
			cat "$T"/logs/cardinald* >&2
			die "the $INSIDE's sandbox"
		}
	done
	exit 0
fi

P11_MODULE=$module
export P11_MODULE
so_pin=87654321
session='C_Initialize os C_OpenSession 7 rw s'
key=00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0
(umask 077; printf "slot 7 code $new_code\n" >"$T/codes"
printf "slot 7 now $new_code\nslot 7 code the newest code\n" >"$T/codes7")
printf 'key %s\ncode %s\n' $key "$(printf %s "$new_code" | od -An -tx1 -v | tr -d ' \n')" >"$T/patterns"

p11() {
	build/tests/tools/p11 "$@"
}

# found WHERE...: bytes of the key or the code, in processes and files.
found() {
	status=0
	build/tests/tools/memgrep "$@" <"$T/patterns" >"$T/hits" || status=$?
	[ $status != 2 ] || die "memgrep cannot look at $*"
	return $status
}

nowhere() {
	! found "$(pgrep -P "$daemon" -f -- '--role vault')" "$(pgrep -P "$daemon" -f -- '--role ward')" \
	    $(find "$CARDINAL_STATE" -type f) || die "it is there: $(cat "$T/hits")"
}

slot=
if [ "$INSIDE" = owner ]; then
	deck anna bert
	gets 1 anna
	gets 2 bert
	trial 7 --users 2 --copies 1
	p11 $session C_Login s user "text:$new_code" C_CreateObject s \
	    class=secret_key,key_type=aes,token=yes,private=yes,encrypt=yes,value=$key k \
	    C_EncryptInit s AES_CBC_PAD:00000000000000000000000000000000 k C_Encrypt s 00 &
	pid=$!
	comes 7 1 anna
	comes 7 2 bert
	go 'the first login'
	wait $pid || die 'no key'
	found "$(pgrep -P "$daemon" -f -- '--role vault')" && grep -q ' key at' "$T/hits" || die 'this tests nothing'
	cp -a "$CARDINAL_STATE" "$T/intruder"
	cardinal slot deactivate 7 2>/dev/null
	nowhere

	# While the users are asked, the code that they are asked for is not kept.
	background login 7 "$new_code" --list-objects
	shows 'Slot 7: User 1 / press OK/Cancel'
	nowhere
	swap anna
	line press ok
	pin_is
	comes 7 2 bert
	go 'another login'
	finished 0
	cardinal slot deactivate 7 2>/dev/null
	nowhere

	# With all the cards at hand, but not the code, nobody is even asked.
	before=$(cardinal events | wc -l)
	for code in 'text:another code' null; do
		p11 $session -C_Login s user "$code" >>"$T/answers"
	done
	same 'C_Login CKR_PIN_INCORRECT C_Login CKR_ARGUMENTS_BAD' "$(echo $(cat "$T/answers"))" 'without the code'
	fails 1 cardinal slot activate 7 --codes "$T/codes7" 2>/dev/null
	same '' "$(asked "$before")" 'what the pad asked'
	exit 0
fi

# One user's card is at hand; the other one is the intruder's, who makes it for a slot of his.
cp "$T/cards-owner/anna.card" "$CARDINAL_CARDS"
deck mallory
gets 1 mallory
trial 6 --users 1 --copies 1
nowhere

# asks_in_vain CKR COMMAND...: anna is there, and then mallory; it gives up.
in_vain() {
	asked_for "$order 7: User 1 / press OK/Cancel"
	swap mallory
	line press ok
	outcome 'Wrong card'
	comes 7 1 anna
	for name in mallory anna; do
		asked_for "$order 7: User 2 / press OK/Cancel"
		swap $name
		line press ok
		outcome 'Wrong card'
	done
	asked_for "$order 7: User 2 / press OK/Cancel"
	line press cancel
	go "$*"
	wait $job || :
	has "$(cat "$out" "$err")" "$1" "$*"
	cardinal slot show 7 | grep -q '^State *\(held\|closed\)$' || die "slot 7 is open: $*"
	nowhere
}
background login 7 "$new_code" --list-objects
in_vain CKR_FUNCTION_CANCELED 'C_Login'
background cardinal slot activate 7 --codes "$T/codes"
in_vain 'stays closed' 'slot activate'
background cardinal slot mode 7 code --codes "$T/codes7"
order=Mode
in_vain 'Cancel was pressed' 'slot mode'
# Whoever may order an activation ends the hold, but a new daemon alone does not.
background cardinal slot activate 7 --codes "$T/codes"
shows 'Slot 7: User 1 / press OK/Cancel'
daemon ''
finished 1
slot_is 7 closed
background p11 $session C_Login s so text:$so_pin -C_InitPIN s 'text:the newest code'
order=Code
in_vain 'C_InitPIN CKR_FUNCTION_CANCELED' C_InitPIN
same 'C_SetPIN CKR_FUNCTION_FAILED' "$(p11 $session -C_SetPIN s "text:$new_code" 'text:the newest code')" \
    'C_SetPIN while the slot is closed'

# Nor does the record of his own slot stand in for the other's.
signal=-TERM
kill "$daemon"
wait "$daemon"
sqlite3 -batch "$CARDINAL_STATE/cardinal.db" \
    'UPDATE slot SET sealed = (SELECT sealed FROM slot WHERE number = 6) WHERE number = 7'
cardinald --foreground 2>>"$CARDINAL_RUN/log" &
daemon=$!
eventually cardinal status
has "$(cardinal slot show 7)" '^State *damaged$'
for code in "$new_code" 98765432; do
	login 7 "$code" --list-objects >/dev/null 2>&1 && die 'a record of another slot opens it'
done
kill "$daemon"
wait "$daemon"
