#!/bin/bash
# No code of a slot is seen outside the memory of those who need it: not in the daemon's processes once it has been used,
# nor in arguments, logs, files and the transcript; one that the HSM has made is in its sealed record alone.
#
# The plain build is what counts: the sanitizers keep freed memory for a while.
[ "${BIN-build}" = build ] || exit 0
BIN=build
# Only root may read the memory of what is not to be dumped: a user is that in a namespace of his own.
if [ "$(id -u)" != 0 ]; then
	unshare -Ur true 2>/dev/null || { echo 'skipped: neither root nor namespaces'; exit 0; }
	exec unshare -Ur "$0"
fi
. "$(dirname "$0")/daemon.sh"
TOOLS=$PWD/build/tests/tools

# pattern NAME TEXT
pattern()
{
	printf '%s %s\n' "$1" "$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')"
}

random()
{
	tr -dc a-zA-Z0-9 </dev/urandom | head -c 20
}

# nowhere WHEN: in no process and in no file but those where the test itself keeps them.
nowhere()
{
	status=0
	"$TOOLS/memgrep" "$daemon" "$vault" "$ward" "$T/log" $(find "$T/state" "$T/run" -type f) \
	    <"$T/patterns" >"$T/hits" || status=$?
	[ $status != 2 ] || fail "memgrep cannot look"
	[ $status = 1 ] || fail "$1: $(sort -u "$T/hits" | head)"
}

start || fail "it does not serve"
code=$(random) so=$(random) other=$(random) wrong=$(random)
for name in code so other wrong; do pattern $name "${!name}"; done >"$T/patterns"
(umask 077
printf 'slot 3 code %s\nslot 3 so %s\n' "$code" "$so" >"$T/codes"
printf 'slot 3 code %s\n' "$other" >"$T/other"
printf 'slot 3 code %s\n' "$wrong" >"$T/wrong")

cardinal install --trial 2>/dev/null || fail "it does not install"
cardinal slot mode 3 auto --codes <(:) 2>/dev/null && fail "a pipe is no file of codes"
(umask 077; echo 'slot 3 code 98765432' >"$T/trial")
cardinal slot mode 3 auto --codes "$T/trial" 2>"$T/said" || fail "not auto: $(cat "$T/said")"
cardinal slot mode 3 code --codes "$T/codes" 2>"$T/said" || fail "not code: $(cat "$T/said")"
nowhere 'after a change of mode'
cardinal slot deactivate 3 2>/dev/null
cardinal slot activate 3 --codes "$T/wrong" 2>/dev/null && fail "a wrong code opens it"
nowhere 'after a wrong code'
cardinal slot activate 3 --codes "$T/codes" 2>/dev/null || fail "the code does not open it"
nowhere 'after it was opened'
cardinal slot wipe 3 --yes --codes "$T/codes" 2>/dev/null || fail "it does not wipe"
nowhere 'after a wipe'

# What the HSM made and showed.
made=$(cardinal slot code 4 --show 2>/dev/null) && fail "slot 4 has a made code"
cardinal slot mode 5 auto --codes "$T/trial" 2>/dev/null && fail "a code of another slot"
(umask 077; echo 'slot 5 code 98765432' >"$T/trial")
cardinal slot mode 5 auto --codes "$T/trial" 2>"$T/said" || fail "not auto: $(cat "$T/said")"
made=$(cardinal slot code 5 --show)
[ ${#made} = 32 ] || fail "no code is shown"
pattern made "$made" >>"$T/patterns"
nowhere 'after a code was shown'

# A whole installation that is broken off before a card is asked for: there is no reader.
cardinal factory-reset --yes 2>/dev/null
PATH=$PWD/build:$PATH
cardinal-pad --cards "$T/cards" card new one >/dev/null 2>&1 || CARDINAL_CARDS=$T/cards cardinal-pad card new one >/dev/null
cardinal issuer add "$T/cards/issuer.pem" >/dev/null || fail "no issuer"
timeout 60 cardinal install --quorum 2of3 --slot 3:code --codes "$T/codes" >/dev/null 2>&1 && fail "it installs without a reader"
nowhere 'after an installation that came to nothing'
# Refused altogether, with a body that is no JSON behind the code.
printf '{"quorum": "2of3", "slots": [{"slot": 3, "mode": "code", "code": "%s", "so" }]}' "$code" >"$T/body"
[ "$(http --data-binary "@$T/body" http://x/v1/install)" = 400 ] || fail "it takes what is no JSON"
! grep -q "$code" "$T/answer" || fail "the answer repeats the code"
nowhere 'after what is no JSON'
stop
[ "$status" = 0 ] || fail "exit status $status"
