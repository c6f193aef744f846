#!/bin/sh
# What an operator does to a slot, programs feel at once: their sessions end, a waiting C_WaitForSlotEvent wakes. What
# programs do, an operator sees within a second, without having asked anew.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
session="C_Initialize os C_OpenSession 3 rw s C_Login s user text:$pin"
made="AES_KEY_GEN value_len=32,token=no"

# A login that opens a slot is in the transcript, and whoever follows it hears of it.
cardinal events --follow >"$T/events" 2>&1 &
follower=$!
cardinal status --watch --json >"$T/watch" 2>&1 &
watcher=$!
eventually grep -q '"state":"operational"' "$T/watch"
has "$(cardinal status)" '^Slots *open 0; closed 1, 2, 3'
p11 $session
has "$(cardinal status)" '^Slots *open 0, 3; closed 1, 2, 4'
eventually grep -q "slot, open: .slot 3.: by uid $(id -u)" "$T/events"
eventually sh -c "tail -1 '$T/watch' | grep -q '\"slot\":3,\"mode\":\"code\",\"present\":true,\"open\":true'"
kill $follower $watcher

# ended WHAT COMMAND...: a program that has logged in meets that its session has ended.
ended() {
	what=$1
	shift
	rm -f "$T/in" "$T/done"
	p11 $session C_GenerateKey s $made k touch "$T/in" wait "$T/done" \
	    -C_GenerateKey s $made k2 -C_GetSessionInfo s >"$T/out" &
	client=$!
	eventually test -e "$T/in"
	"$@" >"$T/said" 2>&1 || die "$what: $(cat "$T/said")"
	: >"$T/done"
	wait $client || die "$what: the program fails: $(cat "$T/out")"
	same 2 "$(grep -c CKR_SESSION_HANDLE_INVALID "$T/out")" "$what, ended sessions ($(cat "$T/out"))"
}

(umask 077; printf 'slot 3 code %s\nslot 3 so %s\n' "$pin" "$so_pin" >"$T/codes")
ended deactivate cardinal slot deactivate 3
has "$(cardinal slot show 3)" '^State *closed'
ended wipe cardinal slot wipe 3 --yes --codes "$T/codes"
p11 C_Initialize os C_OpenSession 3 rw s C_Login s so "text:$so_pin" C_InitPIN s "text:$pin"
ended 'factory-reset' cardinal factory-reset --yes
same 'C_OpenSession CKR_TOKEN_NOT_PRESENT' "$(p11 C_Initialize os -C_OpenSession 3 rw s)" 'without a token'

# Waiting for an event: a trial installation is one in every slot.
p11 C_Initialize os touch "$T/waits" C_WaitForSlotEvent 0 >"$T/event" &
client=$!
eventually test -e "$T/waits"
cardinal install --trial 2>/dev/null
wait $client || die "nobody woke it"

# A change to auto ends nothing: those who are there had the code.
rm -f "$T/in" "$T/done"
p11 $session touch "$T/in" wait "$T/done" C_GenerateKey s $made k >"$T/out" &
client=$!
eventually test -e "$T/in"
cardinal slot mode 3 auto --codes "$T/codes" 2>/dev/null
: >"$T/done"
wait $client || die "a change of mode ends a session: $(cat "$T/out")"
p11 C_Initialize os C_OpenSession 3 rw s C_Login s user null C_GenerateKey s $made k
