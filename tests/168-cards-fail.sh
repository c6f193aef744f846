#!/bin/sh
# What an activation gives that fails: Cancel, the third wrong PIN, nobody in time, the pad unplugged, `cardinal cancel`: its own
# error, every slot closed and every session ended, the restart command run once, the slot held until `slot activate`, whoever starts
# the daemon again, nothing on the pad. A pulled card is asked for again, and what cannot even begin harms nobody.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
P11_MODULE=$module
export P11_MODULE
T=$CARDINAL_RUN
count=0

# A program that has logged in to slot 1, and goes on when it is told.
stands_beside() {
	rm -f "$T/in" "$T/on"
	build/tests/tools/p11 C_Initialize os C_OpenSession 1 rw s C_Login s user text:98765432 touch "$T/in" \
	    wait "$T/on" -C_GetSessionInfo s -C_GenerateRandom s 8 >"$T/beside" &
	beside=$!
	eventually test -e "$T/in"
	slot_is 1 open
}

beside_has() {
	: >"$T/on"
	wait $beside || die "the program beside: $(cat "$T/beside")"
	has "$(cat "$T/beside")" "^C_GenerateRandom $1" 'what a program beside it gets'
}

# logs_in WHAT CKR: what is written down is done for a login that fails so.
logs_in() {
	background login 7 "$new_code" --list-objects
	[ ! -e "$notes" ] || go "$1"
	finished 1
	has "$(cat "$err")" "$2" "$1"
}

# failed WHY: in the status, with all that comes of it.
failed() {
	has "$(cardinal status)" "^Last *activate: activate, slot 7 user 1.*: $1"
	same '' "$(pad display)" 'the display'
	has "$(cardinal status)" '^Slots *open 0; closed 1, 2, 3, 4, 5, 6, 8, 9; held 7$'
	count=$((count + 1))
	restarts $count
	beside_has CKR_SESSION_HANDLE_INVALID
	before=$(cardinal events | wc -l)
	logs_in 'a held slot' CKR_FUNCTION_FAILED
	same '' "$(asked "$before")" 'what the pad asked for a held slot'
}

# It opens when the operator asks, and is closed for the next one.
opens_again() {
	begins slot activate 7 --codes "$T/codes"
	comes 7 1 anna
	go 'slot activate'
	finished 0
	slot_is 7 open
	cardinal slot deactivate 7 2>/dev/null
	restarts $count
}

slot=
deck anna bert cora
daemon "restart_command = $restart"
(umask 077; printf 'slot 7 code %s\n' "$new_code" >"$T/codes")
gets 1 anna bert cora
trial 7 --copies 3

stands_beside
asked_for 'Slot 7: User 1 / press OK/Cancel'
line press cancel
logs_in Cancel CKR_FUNCTION_CANCELED
failed 'Cancel was pressed'
opens_again

stands_beside
asked_for 'Slot 7: User 1 / press OK/Cancel'
swap bert
line press ok
asked_for 'Enter PIN'
line press 1 2 3 cancel
logs_in 'Cancel at the PIN' CKR_FUNCTION_CANCELED
failed 'Cancel was pressed'
opens_again

stands_beside
asked_for 'Slot 7: User 1 / press OK/Cancel'
swap cora
line press ok
for outcome in 'Wrong PIN 2 left' 'Wrong PIN 1 left' 'Card blocked'; do
	pin_is 111111
	outcome "$outcome"
done
logs_in 'the third wrong PIN' CKR_FUNCTION_FAILED
failed 'the card is blocked by wrong PINs'
opens_again

stands_beside
background login 7 "$new_code" --list-objects
shows 'Slot 7: User 1 / press OK/Cancel'
cardinal cancel 2>/dev/null
finished 1
has "$(cat "$err")" CKR_FUNCTION_CANCELED
failed '`cardinal cancel` ended it'
opens_again

stands_beside
asked_for 'Slot 7: User 1 / press OK/Cancel'
line unplug
logs_in 'the pad unplugged' CKR_DEVICE_ERROR
failed 'the reader was unplugged'
pad plug
opens_again

# A card that is pulled may come again: at its PIN, and when it is to sign.
stands_beside
background login 7 "$new_code" --list-objects
asked_for 'Slot 7: User 1 / press OK/Cancel'
swap bert
line press ok
asked_for 'Enter PIN'
line press 1 2 3
line remove
outcome 'No card'
slot=
asked_for 'Slot 7: User 1 / press OK/Cancel'
swap bert
line press ok
asked_for 'Enter PIN'
go 'the card pulled'
at_once 'press 1 2 3 4 5 6 ok' 'wait "Please wait"' remove 'wait "No card"' 'press ok'
slot=
comes 7 1 bert
go 'the card pulled again'
finished 0
slot_is 7 open
slot_is 1 open
cardinal slot deactivate 7 2>/dev/null

# Without a pad nobody can be asked: the caller fails, and no more happens.
pad unplug
background login 7 "$new_code" --list-objects
finished 1
has "$(cat "$err")" CKR_DEVICE_ERROR
slot_is 7 closed
slot_is 1 open
beside_has CKR_OK
restarts $count
pad plug

# Nobody comes.
daemon "restart_command = $restart" 'prompt_timeout = 1'
stands_beside
asked_for 'Slot 7: User 1 / press OK/Cancel'
logs_in 'nobody' CKR_FUNCTION_FAILED
failed 'nobody pressed a key in time'
has "$(cardinal events --verify)" 'is whole'

# Whoever starts the daemon again, the slot is held: by a signal or by the restart command.
for signal in -TERM -KILL; do
	daemon ''
	slot_is 7 held
	has "$(cardinal status)" '^Held *slot 7 waits for `cardinal slot activate 7`'
	before=$(cardinal events | wc -l)
	logs_in 'a slot that was held before the start' CKR_FUNCTION_FAILED
	same '' "$(asked "$before")" 'what the pad asked for it'
done
signal=-TERM
opens_again
daemon ''
slot_is 7 closed

# Ended or killed in the middle: nothing stays on the pad, and the slot is closed, which the next login opens.
daemon ''
for signal in -TERM -KILL; do
	background login 7 "$new_code" --list-objects
	shows 'Slot 7: User 1 / press OK/Cancel'
	daemon ''
	finished 1
	has "$(cat "$err")" CKR_DEVICE_ERROR
	eventually sh -c '[ -z "$(cardinal-pad ctl display)" ]'
	slot_is 7 closed
	restarts $count
done
background login 7 "$new_code" --list-objects
comes 7 1 bert
go 'after a kill'
finished 0
has "$(cardinal events --verify)" 'is whole'
kill -TERM "$daemon"
wait "$daemon"
