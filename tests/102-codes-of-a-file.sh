#!/bin/bash
# A file of codes that others may read, or that does not fit, is refused before anything is asked of the daemon.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"

# refused WORDS CONTENT [OPTION...]: an installation with this file.
refused()
{
	local words=$1
	[ "$2" = - ] || printf "$2" >"$T/codes"
	shift 2
	timeout 20 cardinal install --quorum 2of3 --codes "$T/codes" "$@" >"$T/out" 2>&1 </dev/null
	[ $? = 1 ] || fail "no refusal: $words"
	grep -q "$words" "$T/out" || fail "it does not say $words, but $(cat "$T/out")"
	! grep -q 'secret' "$T/out" || fail "the code is repeated: $(cat "$T/out")"
}

(umask 077; : >"$T/codes")
refused 'codes, line 1: the code has fewer than 8' 'slot 3 code secret' --slot 3:code
refused 'codes, line 2: this is neither' '# ours\nsecret secret' --slot 3:code
refused 'codes, line 2: this stands there already' 'slot 3 code secret 1\nslot 3 code secret 2' --slot 3:code
refused 'codes has no line `slot 4 code' 'slot 3 code secret 1\n' --slot 3:code --slot 4:code
refused 'codes, line 1: slot 3 has mode auto' 'slot 3 code secret 1\n'
refused 'codes, line 1: slot 3 has mode auto' 'slot 3 code secret 1\n' --slot 3:auto
for mode in 640 604 660 644 666; do
	chmod $mode "$T/codes"
	refused 'chmod 600' - --slot 3:code
done
rm "$T/codes"
refused 'codes: No such file' - --slot 3:code
# Without a terminal and a file there is nowhere to ask.
timeout 20 setsid -w cardinal install --quorum 2of3 --slot 3:code >"$T/out" 2>&1 </dev/null
[ $? = 2 ] || fail "codes from nowhere: $(cat "$T/out")"
grep -q -e '--codes FILE' "$T/out" || fail "it does not say where codes come from"

cardinal status | grep -q '^State *factory' || fail "something was begun"
! cardinal events | grep -q install || fail "the daemon heard of it"
stop
[ "$status" = 0 ] || fail "exit status $status"
