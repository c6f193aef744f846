#!/bin/sh
# Nobody answers a prompt that the reader does not show: it takes as long as at a pad, and `cardinal resume` goes on
# the same way, by lines of its standard input alone.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	echo 'prompt_timeout = 2' >"$T/conf"
	INSIDE=yes sandbox --hsm --without text --hsm-config "$T/conf" -- "$0"
	exit 0
fi

background cardinal install --quorum 2of3
finished 4
has "$(cat "$err")" 'nobody pressed a key in time'
has "$(cat "$err")" 'No answers come from this input'
same inconsistent "$(word state)" state
# An Enter each: the first for `Write New Key`, the second finds no card, and again.
for i in 1 2 3 4; do
	echo
done | fails 4 cardinal resume 2>"$CARDINAL_RUN/err"
same 3 "$(grep -c '^>> No card$' "$CARDINAL_RUN/err")" 'No card as often'
