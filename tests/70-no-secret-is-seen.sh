#!/bin/sh
# No PIN is seen outside the pad, no byte of a share or of the backup key outside card and ward's secret memory: not in
# pcscd (which logs all it can), vault, the parent, the command, a log, the state or the transcript, while a ceremony
# runs, after it, and after one that was broken off.
#
# The plain build is what counts. In the sanitizers' one freed memory is kept for a while and the shadow is too large
# to be read; there files and logs alone are looked through.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
TOOLS=$PWD/build/tests/tools

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	export T
	# Looking takes its time, while a PIN entry is open.
	printf 'pin_first_timeout = 60\npin_next_timeout = 60\n' >"$T/conf"
	in_sandbox --hsm --hsm-config "$T/conf" --state "$T/state" --cards "$T/cards" --logs "$T/logs" --pcscd-arg --apdu --pcscd-arg --debug
fi

memory=yes
[ -z "$(preload)" ] || memory=no

# Looking. ---------------------------------------------------------------------------------------------------------

# seen PATTERNS WHERE...: who has what of it, a line each, "WHERE SECRET".
seen() {
	status=0
	"$TOOLS/memgrep" "$@" <"$T/patterns" >"$T/hits" || status=$?
	[ $status -le 1 ] || die 'memgrep cannot look'
	sed 's/:[^ ]* at.*//' "$T/hits" | sort -u
}

# patterns CARD...: of all PINs, and of the shares on these cards.
patterns() {
	for name in "$@"; do
		set -- "$@" "$CARDINAL_CARDS/$name.card"
		shift
	done
	"$TOOLS/secretbytes" "$@" <"$T/pins" >"$T/patterns"
}

# nowhere WHEN WHERE...: none of it.
nowhere() {
	when=$1
	shift
	found=$(seen "$@")
	[ -z "$found" ] || {
		sort -u "$T/hits" | head -20 >&2
		die "$when: $found"
	}
}

# only WHEN WHERE PATTERN: something, and nothing but what PATTERN describes whole.
only() {
	found=$(seen "$2")
	[ -n "$found" ] || die "$1: nothing of $3 in $2"
	others=$(printf '%s\n' "$found" | grep -v -x -e "$2 $3") || :
	[ -z "$others" ] || die "$1: $others"
}

# in_secret_memory WHEN: all secrets of the set are in ward, and in one place there, the secure heap of 64 KiB.
in_secret_memory() {
	[ $memory = yes ] || return 0
	only "$1" "$ward" '\(share-[123]\|key\)'
	same 4 "$(printf '%s\n' "$found" | wc -l)" 'number of secrets in ward'
	heap=$(sed 's/.* in //' "$T/hits" | sort -u)
	same 1 "$(printf '%s\n' "$heap" | wc -l)" "$1: places in ward ($heap)"
	same 65536 $((0x${heap#*-} - 0x${heap%-*})) "$1: size of the place in ward"
	nowhere "$1" "$pcscd" "$parent" "$vault" "$job"
}

# Files that outlive or accompany a ceremony.
files() {
	find "$CARDINAL_STATE" "$SANDBOX_LOGS" "$CARDINAL_RUN" -type f ! -name '*.card'
}

no_file() {
	cardinal events --json >"$CARDINAL_RUN/transcript"
	cardinal status --json >"$CARDINAL_RUN/status"
	# shellcheck disable=SC2046
	nowhere "$1, files" $(files)
}

pad_pid=$SANDBOX_PAD0
pcscd=$SANDBOX_PCSCD
parent=$SANDBOX_CARDINALD
vault=$(pgrep -P "$parent" -f -- '--role vault')
ward=$(pgrep -P "$parent" -f -- '--role ward')

# When nothing is going on, and no card in the pad.
all_is_clean() {
	no_file "$1"
	[ $memory = yes ] || return 0
	nowhere "$1" "$pcscd" "$parent" "$vault" "$ward" "$pad_pid"
}

# The PINs. --------------------------------------------------------------------------------------------------------

pin_of() {
	sed -n "s/^pin-$1 //p" "$T/pins"
}

# All but the last digit, by standard input, so that no process has them as arguments; the entry stays open.
type_most() {
	shows 'Enter PIN'
	pin_of "$1" | sed 's/.$//; s/./& /g; s/^/press /' >"$T/keys"
	cardinal-pad run "$T/keys"
	: >"$T/keys"
}

type_rest() {
	pin_of "$1" | sed 's/.*\(.\)$/\1/' | pad pin
}

# instead NAME: the card, whose share of the set before is given up.
instead() {
	card "$1"
	ok
	shows Overwrite
	ok
}

# give NAME: card and PIN. hand NUMBER NAME: the same, when it is asked for.
give() {
	card "$1"
	ok
	shows 'Enter PIN'
	pin_of "$1" | pad pin
}

hand() {
	shows "Insert $1. card / press OK/Cancel"
	give "$2"
}

(umask 077; for name in anna bert cora; do
	printf 'pin-%s %s\n' $name "$(tr -dc 0-9 </dev/urandom | head -c 16)"
done >"$T/pins")
: >"$T/keys"
patterns
for name in anna bert cora; do
	new_card $name
	# CHANGE REFERENCE DATA, all of it at the pad.
	"$TOOLS/part10" shared apdu 00A4040C0AF043415244494E414C01 feature 07 \
	    3C3C8200000000100603020309040001020000000400000000240081 unpower \
	    >"$CARDINAL_RUN/change" &
	shows 'Enter old PIN'
	echo 123456 | pad pin
	shows 'Enter new PIN'
	pin_of $name | pad pin
	shows 'Repeat new PIN'
	pin_of $name | pad pin
	wait $!
	has "$(cat "$CARDINAL_RUN/change")" '^9000$' 'the change'
	pad remove
done
all_is_clean 'after the PINs were changed'

# An installation. -------------------------------------------------------------------------------------------------

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
hand 1 anna
hand 2 bert
hand 3 cora
shows 'Read New Key / press OK/Cancel'
ok
shows 'Insert 1. card / press OK/Cancel'
card cora
ok
type_most cora
patterns anna bert cora
if [ $memory = yes ]; then
	# The digits are where they must be, or this test could not see them anywhere.
	only 'while the PIN is entered' "$pad_pid" '\(pin-cora\|share-3\)'
	has "$found" 'pin-cora' 'the pad'
	has "$found" 'share-3' 'the pad'
fi
in_secret_memory 'while the PIN is entered'
type_rest cora
shows 'Insert 2. card / press OK/Cancel'
in_secret_memory 'while the key is read back'
if [ $memory = yes ]; then
	only 'while the key is read back' "$pad_pid" 'share-3'
	pad remove
	nowhere 'when the card was taken out' "$pad_pid"
fi
no_file 'while the key is read back'
give anna
finished 0
same operational "$(word state)" state
pad remove
all_is_clean 'after the commit'
# The log would have told: it has the commands that carried the shares.
has "$(grep -c 'APDU: 0C D6' "$SANDBOX_LOGS/pcscd.log")" '^[3-9]' 'number of writes in the log of pcscd'

# Broken off by Cancel, with a share outstanding. ------------------------------------------------------------------

cardinal factory-reset --yes >/dev/null
background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
number=1
for name in anna bert; do
	shows "Insert $number. card / press OK/Cancel"
	number=2
	instead $name
	shows 'Enter PIN'
	pin_of $name | pad pin
done
shows 'Insert 3. card / press OK/Cancel'
patterns anna bert
in_secret_memory 'before it is cancelled'
pad press cancel
finished 3
same inconsistent "$(word state)" state
pad remove
all_is_clean 'after Cancel'

# Resumed, and broken off by a third wrong PIN. --------------------------------------------------------------------

background cardinal resume
shows 'Read New Key / press OK/Cancel'
ok
hand 1 bert
hand 2 anna
shows 'Write New Key / press OK/Cancel'
# The key and the third share have just been made again; those read for it are wiped.
if [ $memory = yes ]; then
	only 'just after the cards were read' "$ward" '\(share-3\|key\)'
fi
ok
shows 'Insert 3. card / press OK/Cancel'
instead cora
for try in 1 2 3; do
	shows 'Enter PIN'
	pin_of bert | pad pin
done
finished 1
same inconsistent "$(word state)" state
pad remove 2>/dev/null || :
all_is_clean 'after the third wrong PIN'

# A PIN that a program sends by itself: the pad keeps it no longer than the card needs it. ----------------------------

[ $memory = yes ] || exit 0
printf 'pin-typed %s\n' "$(tr -dc 0-9 </dev/urandom | head -c 16)" >"$T/pins"
patterns
insert anna
"$TOOLS/part10" shared apdu 00A4040C0AF043415244494E414C01 \
    apdu "0020008110$(pin_of typed | sed 's/./3&/g')" >"$CARDINAL_RUN/verify"
has "$(cat "$CARDINAL_RUN/verify")" '^63C[012]$' 'a wrong PIN'
pad remove
nowhere 'after a PIN from a program' "$pad_pid"
