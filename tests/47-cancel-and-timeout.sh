#!/bin/sh
# Cancel at the pad is exit status 3, a timeout 4; both leave the HSM inconsistent with a message that names the ways
# out, and both lead out. Ctrl-C at the command leaves the ceremony alone.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	echo 'prompt_timeout = 3' >"$T/conf"
	INSIDE=yes sandbox --hsm --hsm-config "$T/conf" -- "$0"
	exit 0
fi

broken_off() {
	same inconsistent "$(word state)" state
	has "$(cardinal status)" "$1" 'the message'
	has "$(cardinal status)" 'cardinal resume' 'the message'
	has "$(cardinal status)" 'cardinal factory-reset' 'the message'
	status=0
	refusal=$(cardinal install --quorum 2of3 2>&1) || status=$?
	same 1 $status 'another installation'
	has "$refusal" 'cardinal resume' 'the refusal'
	has "$refusal" 'cardinal factory-reset' 'the refusal'
}

for name in a b c; do
	cardinal-pad card new $name >/dev/null
done

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
pad press cancel
finished 3
has "$(cat "$err")" 'Cancel was pressed'
broken_off 'Cancel was pressed'

background cardinal resume
shows 'Write New Key / press OK/Cancel'
ok
shows 'Insert 1. card / press OK/Cancel'
finished 4
has "$(cat "$err")" 'nobody pressed a key in time'
broken_off 'nobody pressed a key in time'
# A timeout blanks the display and says nothing there.
has "$(pad status)" 'lcd *\[  *\]'

background cardinal resume
shows 'Write New Key / press OK/Cancel'
cardinal cancel
finished 3
broken_off '`cardinal cancel` ended it'
fails 1 cardinal cancel

cardinal factory-reset --yes
background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
# The pad may be quicker than the answer that the command waits for, before which it cannot know.
eventually grep -q . "$err"
kill -INT $job
finished 1
has "$(cat "$err")" 'the ceremony goes on'
ok
i=0
for name in a b c; do
	i=$((i + 1))
	hand_over $i $name
done
read_some a b
eventually sh -c 'cardinal status | grep -q "^State *operational"'
