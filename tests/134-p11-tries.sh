#!/bin/sh
# A wrong PIN is counted on disk before it is compared: killing the daemon gives no try back. The
# token's flags tell how many are left, and a right PIN gives them all back.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
wrong="C_Initialize os C_OpenSession $slot rw s -C_Login s user text:00000000"

flag() {
	token_of "$slot" | grep '^flags' | tr ' ' '\n' | grep -qx "$1"
}

p11 $wrong >"$T/said"
same 'C_Login CKR_PIN_INCORRECT' "$(cat "$T/said")" 'the answer to a wrong PIN'
flag user-pin-count-low || die 'a wrong PIN is not told'
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s user "text:$pin"
! flag user-pin-count-low || die 'the tries do not come back'

# Wrong ones, and after or in the middle of each somebody kills the daemon: then the try may have been
# charged, or not yet have come.
at=0 told=0
while ! flag user-pin-locked; do
	p11 $wrong >"$T/said" 2>&1 &
	client=$!
	if [ $((at % 2)) = 0 ]; then
		wait $client || :
	else
		sleep "0.$((at * 2 % 10))"
	fi
	at=$((at + 1))
	kill -KILL "$(pgrep -P "$daemon" -f -- '--role vault')"
	wait $client 2>/dev/null || :
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
	begin
	! grep -q PIN_INCORRECT "$T/said" || told=$((told + 1))
	[ $told = 0 ] || flag user-pin-count-low || die 'a restart gives tries back'
	[ $told -le 10 ] || die "$told wrong ones were told to be wrong"
done
same 'C_Login CKR_PIN_LOCKED' "$(p11 C_Initialize os C_OpenSession "$slot" rw s \
    -C_Login s user "text:$pin")" 'the answer to the right PIN then'
[ $told -ge 5 ] || die "locked after $told wrong ones of $at"

# The SO can help.
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s so "text:$so_pin" \
    C_InitPIN s text:another-one C_Logout s C_Login s user text:another-one
flag user-pin-to-be-changed || die 'the PIN that the SO set need not be changed'
