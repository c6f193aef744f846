#!/bin/bash
# `cardinal slot`: opened, closed, changed and wiped with the codes that a person or the HSM has made; wrong ones are
# counted, also over a restart, and everything is on record.
. "$(dirname "$0")/daemon.sh"

# with CODE [COMMAND...]: a file of codes for slot 3 alone.
with()
{
	(umask 077; printf 'slot 3 code %s\n' "$1" >"$T/codes")
	shift
	"$@" --codes "$T/codes" 2>"$T/said"
}

# is STATE MODE
is()
{
	cardinal slot show 3 >"$T/out"
	grep -q "^State *$1" "$T/out" && grep -q "^Mode *$2" "$T/out" || fail "not $1 and $2: $(cat "$T/out")"
}

start || fail "it does not serve"
cardinal slot activate 3 2>"$T/said" && fail "a slot without a token opens"
cardinal install --trial 2>/dev/null || fail "it does not install"

is closed code
with 98765432 cardinal slot activate 3 || fail "the code does not open it: $(cat "$T/said")"
is open code
with 98765432 cardinal slot activate 3 || fail "open already is no failure"
cardinal status | grep -q '^Slots *open 0, 3; ' || fail "the status does not tell"
cardinal slot deactivate 3 2>/dev/null || fail "it does not close"
is closed code
cardinal slot code 3 --show >"$T/out" 2>"$T/said" && fail "a code that a person chose is shown"
grep -q 'slot 3 has no such code' "$T/said" || fail "it does not say why: $(cat "$T/said")"

# A wrong one costs a try, which a restart does not bring back.
status=0
with not-the-code cardinal slot activate 3 || status=$?
[ "$status" = 1 ] || fail "exit status $status of a wrong code"
grep -q 'not the code of slot 3' "$T/said" || fail "a wrong code: $(cat "$T/said")"
! grep -q 'not-the-code' "$T/said" || fail "the code is repeated"
cardinal slot show 3 | grep -q '^Code .*9 tries left' || fail "no try was charged"
stop
start || fail "it does not start again"
cardinal slot show 3 | grep -q '^Code .*9 tries left' || fail "a restart gave the try back"
with 98765432 cardinal slot activate 3 || fail "the right one after a wrong one"
cardinal slot show 3 | grep -q '^Code .*tries left' && fail "the tries are not full again"

# To auto with its code, and back with a new one; the objects' key stays the same (generation).
generation=$(cardinal slot show 3 --json | grep -o '"generation":[0-9]*')
cardinal slot deactivate 3 2>/dev/null
with not-the-code cardinal slot mode 3 auto && fail "a wrong code changes the mode"
is closed code
with 98765432 cardinal slot mode 3 auto || fail "not to auto: $(cat "$T/said")"
is open auto
made=$(cardinal slot code 3 --show)
[ "${#made}" = 32 ] || fail "a made code of ${#made} characters"
cardinal slot deactivate 3 2>/dev/null
is closed auto
stop
start || fail "it does not start again"
is open auto
[ "$(cardinal slot code 3 --show)" = "$made" ] || fail "another code after a restart"
with 'a code of my own' cardinal slot mode 3 code || fail "not to code: $(cat "$T/said")"
is open code
cardinal slot deactivate 3 2>/dev/null
with "$made" cardinal slot activate 3 && fail "the old code opens it"
with 'a code of my own' cardinal slot activate 3 || fail "the new code does not open it"
[ "$(cardinal slot show 3 --json | grep -o '"generation":[0-9]*')" = "$generation" ] || fail "another key"

# Ten wrong ones lock it; a wipe gives a new token. (The answers come later and later, but only here.)
(umask 077; echo 'slot 3 so another so pin' >"$T/so")
cardinal slot wipe 3 </dev/null 2>"$T/said"
[ $? = 2 ] || fail "it wipes unasked"
cardinal slot wipe 3 --yes --codes "$T/so" 2>/dev/null || fail "it does not wipe"
cardinal slot show 3 >"$T/out"
grep -q '^Code *none yet' "$T/out" || fail "a code after a wipe: $(cat "$T/out")"
grep -q '^SO PIN *set by a person' "$T/out" || fail "the SO PIN: $(cat "$T/out")"
[ "$(cardinal slot show 3 --json | grep -o '"generation":[0-9]*')" != "$generation" ] || fail "the same key"
with 'a code of my own' cardinal slot activate 3 && fail "a code that is gone opens it"
cardinal slot wipe 4 --yes 2>"$T/said" || fail "it does not wipe without an SO PIN"
grep -q 'cardinal slot code 4 --show --so' "$T/said" || fail "it does not say where the SO PIN is: $(cat "$T/said")"
cardinal slot wipe 0 --yes 2>/dev/null || fail "slot 0 is not wiped"
cardinal slot list | grep -Eq '^0 +auto +open ' || fail "slot 0 does not open by itself after that"
cardinal slot mode 0 code 2>/dev/null
[ $? = 2 ] || fail "slot 0 gets a code"

# Who did what.
cardinal events >"$T/events"
for step in activate deactivate mode code wipe; do
	grep -q "slot, $step: \`slot 3\`: by uid $(id -u)" "$T/events" || fail "$step is not on record"
done
grep -q 'slot, activate: `slot 3`: ok' "$T/events" || fail "no outcome"
! grep -q "98765432\|not-the-code\|my own\|another so\|$made" "$T/events" "$T/log" || fail "a code is on record"
cardinal events --verify >/dev/null || fail "the transcript is not whole"
stop
[ "$status" = 0 ] || fail "exit status $status"
