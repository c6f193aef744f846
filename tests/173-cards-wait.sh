#!/bin/sh
# An opening waits for a ceremony that runs, and a ceremony is refused while one runs. At boot the pad may come later than the
# daemon. When pcscd ends in the middle, the activation has failed.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
T=$CARDINAL_RUN

slot=
deck anna bert
daemon ''
gets 1 anna
trial 7 --copies 1
(umask 077; printf "slot 7 code $new_code\nslot 0 code $new_code\n" >"$T/codes")

# A custodian is at the pad: who logs in meanwhile waits for him, and is asked when he is done; then another one waits in vain.
begins user info
asked_for 'Insert 1. card / press OK/Cancel'
go 'a custodian'
login 7 "$new_code" --list-objects >"$T/login" 2>&1 &
login=$!
eventually sh -c "cardinal slot show 7 | grep -q '^State *asking'"
has "$(cardinal status)" '^Running *user-info$'
fails 1 cardinal factory-reset --yes 2>"$T/refusal"
swap anna
line press ok
comes 7 1 anna
go 'a custodian, then a user'
finished 0
wait $login || die "the login: $(cat "$T/login")"
cardinal slot deactivate 7 2>/dev/null
background login 7 "$new_code" --list-objects
shows 'Slot 7: User 1 / press OK/Cancel'
for other in 'user info' 'share copy' 'resume' 'install --quorum 2of3'; do
	fails 1 cardinal $other 2>"$T/refusal"
done
fails 1 cardinal factory-reset --yes 2>"$T/refusal"
has "$(cat "$T/refusal")" 'another ceremony is running\|a ceremony is running'
ok
pin
finished 0
slot_is 7 open

# Slot 0 by its cards alone, and the pad comes later than the daemon.
(umask 077; printf "slot 0 now %s\n" "$(cardinal slot code 0 --show)" >"$T/zero")
begins slot mode 0 cards --copies 1 --boot-cards --codes "$T/zero"
asked_for 'User 1 card 1 / press OK/Cancel'
swap bert
line press ok
pin_is
asked_for 'Read User 1 / press OK'
line press ok
go 'cards for slot 0'
finished 0
pad unplug
daemon ''
has "$(cardinal status)" '^Boot *slot 0 has to be opened by its cards before any other$'
pad plug
comes 0 1 bert
SHOWS_SECONDS=30 go 'boot'
eventually sh -c "cardinal status | grep -q '^Slots *open 0; closed'"

# pcscd ends.
background login 7 "$new_code" --list-objects
shows 'Slot 7: User 1 / press OK/Cancel'
kill -KILL "$SANDBOX_PCSCD"
finished 1
has "$(cat "$err")" CKR_DEVICE_ERROR
has "$(cardinal status)" '^Slots *closed 0, 1, 2, 3, 4, 5, 6, 8, 9; held 7$'
kill "$daemon"
wait "$daemon"
