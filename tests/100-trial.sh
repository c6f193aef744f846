#!/bin/bash
# A trial installation, without cards and reader: ten slots, of which 0 is open; a banner and the status say what it is
# worth; it is there after a restart, and a factory reset ends it.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"
[ "$(stat -c '%F %a' "$T/run/pkcs11.sock")" = 'socket 660' ] || fail "no socket for PKCS#11"
cardinal slot list >"$T/out" 2>"$T/said" || fail "no list before the installation"
grep -q 'no tokens before `cardinal install`' "$T/said" || fail "it does not say what makes tokens"
[ "$(grep -c ' none ' "$T/out")" = 10 ] || fail "there are tokens before the installation: $(cat "$T/out")"
cardinal install --trial >"$T/out" 2>"$T/said" || fail "it does not install: $(cat "$T/said")"
grep -q 'IT PROTECTS NOTHING' "$T/said" || fail "no banner"
cardinal status >"$T/out"
grep -q '^State *operational' "$T/out" || fail "it is not operational"
grep -q '^TRIAL *it protects nothing' "$T/out" || fail "the status does not say what it is worth"
grep -q '^Slots *open 0; closed 1, 2, 3, 4, 5, 6, 7, 8, 9$' "$T/out" || fail "other slots: $(cat "$T/out")"
cardinal status --json | grep -q '"trial":true' || fail "no trial in JSON"
cardinal slot list >"$T/out"
grep -Eq '^0 +auto +open +0  ' "$T/out" || fail "slot 0: $(cat "$T/out")"
[ "$(grep -Ec '^[1-9] +code +closed +0  ' "$T/out")" = 9 ] || fail "slots 1 to 9: $(cat "$T/out")"
[ "$(grep -c 'code to be changed, SO PIN to be changed' "$T/out")" = 10 ] || fail "nothing to be changed"
[ "$(cardinal slot list --json | grep -o '"serial":"[^"]*"' | sort -u | wc -l)" = 10 ] || fail "the same serial twice"
[ "$(cardinal slot code 0 --show)" = 98765432 ] || fail "not the code that everybody knows"

# Twice is refused, and so is a real one, and each is on record with who asked.
cardinal install --trial 2>"$T/said" && fail "a second installation"
grep -q 'cardinal factory-reset' "$T/said" || fail "it does not say the way out"
[ "$(http -d '{"quorum": "2of3"}' http://x/v1/install)" = 409 ] || fail "an installation over a trial"
cardinal events >"$T/out"
grep -q "install, request: \`trial\`: by uid $(id -u)" "$T/out" || fail "not on record: $(cat "$T/out")"

stop
[ "$status" = 0 ] || fail "exit status $status"
[ ! -e "$T/run/pkcs11.sock" ] || fail "the socket is left"
start || fail "it does not start again"
cardinal slot list >"$T/out"
grep -Eq '^0 +auto +open ' "$T/out" || fail "slot 0 does not open at the start"
[ "$(grep -Ec '^[1-9] +code +closed ' "$T/out")" = 9 ] || fail "slots that are open without a code"
cardinal status | grep -q '^TRIAL' || fail "it is forgotten"
kill -KILL "$ward" "$vault" "$daemon"
wait "$daemon" 2>/dev/null
until_true 10 gone "$vault" || fail "vault does not die"
start || fail "it does not start after a kill"
cardinal slot show 3 | grep -q '^State *closed' || fail "slot 3 is gone"

cardinal factory-reset --yes 2>/dev/null || fail "no factory reset"
cardinal status >"$T/out"
grep -q '^State *factory' "$T/out" || fail "it is not as new"
! grep -q '^TRIAL\|^Slots' "$T/out" || fail "something is left of the trial: $(cat "$T/out")"
[ "$(cardinal slot list | grep -c ' none ')" = 10 ] || fail "tokens are left"
cardinal install --trial 2>/dev/null || fail "not a second time"
cardinal events --verify >/dev/null || fail "the transcript is not whole"
stop
[ "$status" = 0 ] || fail "exit status $status"
