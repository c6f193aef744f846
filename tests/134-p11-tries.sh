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

# Nine wrong ones, and before, in and after each of them somebody kills the daemon.
i=0
while [ $i -lt 9 ]; do
	p11 $wrong >"$T/said" 2>&1 &
	client=$!
	# Sometimes in the middle of it: then the try may have been charged, or not yet have come.
	[ $((i % 3)) != 1 ] || sleep 0.05
	[ $((i % 3)) = 1 ] || wait $client || :
	kill -KILL "$(pgrep -P "$daemon" -f -- '--role vault')"
	wait $client 2>/dev/null || :
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
	begin
	! grep -q PIN_INCORRECT "$T/said" || i=$((i + 1))
	flag user-pin-count-low || die 'a restart gives tries back'
	! flag user-pin-locked || break
done
until flag user-pin-locked; do
	p11 $wrong >"$T/said"
done
same 'C_Login CKR_PIN_LOCKED' "$(p11 C_Initialize os C_OpenSession "$slot" rw s \
    -C_Login s user "text:$pin")" 'the answer to the right PIN then'
[ $i -ge 6 ] || die "locked after $i wrong ones"

# The SO can help.
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s so "text:$so_pin" \
    C_InitPIN s text:another-one C_Logout s C_Login s user text:another-one
flag user-pin-to-be-changed || die 'the PIN that the SO set need not be changed'
