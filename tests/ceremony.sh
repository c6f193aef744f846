# Sourced after lib.sh by the scripts that do ceremonies: the fingers at the pad.
#
#   shows TEXT       waits for a text of the pad, 'line 1 / line 2', and dies with the state of things
#   ok, cancel       one key
#   card NAME        takes out what is in the slot and puts this card in
#   pin [DIGITS]     waits for the PIN entry and enters a PIN, the factory's by default

shows() {
	pad wait "$1" --timeout "${SHOWS_SECONDS:-20}" >/dev/null || {
		pad status >&2
		cardinal status >&2
		cardinal events | tail -5 >&2
		die "the pad does not show '$1'"
	}
}

ok() {
	pad press ok
}

card() {
	case $(pad status) in
	*"card     $1"*) ;;
	*)
		pad remove 2>/dev/null || :
		pad insert "$1"
		;;
	esac
}

pin() {
	shows 'Enter PIN'
	printf '%s\n' "${1:-123456}" | pad pin
}

# hand_over NUMBER NAME: the prompt for a card, and its holder.
hand_over() {
	shows "Insert $1. card / press OK/Cancel"
	card "$2"
	ok
	pin
}

# write_all NAME...: cards 1 to n of a new set.
write_all() {
	shows 'Write New Key / press OK/Cancel'
	ok
	i=0
	for name in "$@"; do
		i=$((i + 1))
		hand_over $i "$name"
	done
}

displays() {
	[ "$(pad display | paste -sd / | sed 's,/, / ,')" = "$1" ]
}

# A first prompt may be the text that still stands there from a broken-off ceremony: nothing new for
# the pad. The daemon says it before the pad shows it, and until then keys are lost.
asks() {
	eventually sh -c "cardinal status | grep -q '^Pad *$1'"
	eventually displays "$1"
}

# read_some NAME...: as many as are needed.
read_some() {
	asks 'Read New Key / press OK/Cancel'
	ok
	i=0
	for name in "$@"; do
		i=$((i + 1))
		hand_over $i "$name"
	done
}

# What the pad asked for, from the transcript after record $1.
asked() {
	cardinal events --since "${1:-0}" --json | grep '"outcome":"begun"' | grep -v 'Please wait' |
	    sed 's/.*"text":"\([^"]*\)".*/\1/'
}

# A member of the status that is a text or a number: word NAME.
word() {
	cardinal status --json | grep -o "\"$1\":\"\{0,1\}[^,\"}]*" | head -1 | sed 's/.*:"\{0,1\}//'
}

# The serial number of card NAME of the deck.
serial() {
	cardinal-pad card show "$1" | grep -o '[0-9]\{20\}' | head -1
}

# Of the status: why the HSM is inconsistent.
message() {
	cardinal status --json | grep -o '"message":"[^"]*' | head -1 | cut -d '"' -f 4
}

# background COMMAND...: its output in $out, its status by `finished`.
background() {
	out=$CARDINAL_RUN/out
	err=$CARDINAL_RUN/err
	"$@" >"$out" 2>"$err" &
	job=$!
}

finished() {
	status=0
	wait "$job" || status=$?
	same "$1" "$status" "status of the command ($(cat "$err"))"
}

# on_both_builds: the script once on the plain build, whose daemon has its filter of system calls,
# and once on the one with the sanitizers.
on_both_builds() {
	[ -z "${INSIDE-}${ONE_BUILD-}" ] || return 0
	for b in build build/san/bin; do
		echo "== $b"
		ONE_BUILD=1 BUILD=$b "$0" || exit 1
	done
	exit 0
}

# prompts_were SINCE: what the pad asked for after that record is what comes on standard input.
prompts_were() {
	asked "$1" >"$out.asked"
	diff - "$out.asked" || die 'the prompts are others'
}

# The prompts of an installation 2 of 3 without a mistake.
prompts_2of3() {
	cat <<'X'
Write New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Enter PIN
Insert 3. card / press OK/Cancel
Enter PIN
Read New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Enter PIN
X
}

# installed_2of3: an installation that went without a mistake has ended, its output in $out, the
# number of events before it in $before.
installed_2of3() {
	same operational "$(word state)" state
	has "$(cat "$out")" "^Set: *$(word id) (2 of 3, LIVE)"
	has "$(cat "$out")" "^Check value: *$(word kcv)"
	for x in 1 2 3; do
		has "$(cat "$out")" "^  card $x, [0-9]\{20\}" 'the advice'
	done
	prompts_2of3 | prompts_were "$before"
	has "$(cardinal events --verify)" 'is whole'
}
