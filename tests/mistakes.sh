# Sourced after ceremony.sh by the scripts about mistakes and aborts.
#
# What fingers do is written down first and then done by one process, so that no time runs out
# while a shell starts programs. The cards of the deck are new again for each case.
#
#   deck NAME...      makes the deck's cards; those that come first are cards 1, 2, ...
#   fresh             all cards of the deck as they were made, none in the slot
#   line WORDS...     writes down a line for the pad
#   swap NAME         this card into the slot, if it is not there: `swap ''` leaves the slot empty
#   asks N NAME       waits for the prompt for card N, puts the card in, presses OK
#   gives N NAME      that, and the PIN
#   writes NAME...    Write New Key, cards 1, 2, ...
#   reads NAME...     Read New Key, as many cards
#   go                does what is written down; dies at the first line that fails
#   installs, resumes do it, with the deck's cards
#   at_once LINE...   lines in one piece: what follows a wait is done in the same breath
#   both_ways CASE... an abort and resuming; the abort again, a factory reset, an installation
#
# A case ends with `broken_off MESSAGE`: inconsistent, just this message, nothing on the pad.

notes=${CARDINAL_RUN-}/notes
made=${CARDINAL_RUN-}/made
if [ -n "${INSIDE-}" ]; then
	rm -f "$notes"
fi
slot=

deck() {
	cards="$*"
	for name in "$@"; do
		cardinal-pad card new "$name" >/dev/null
	done
	mkdir -p "$made"
	cp "$CARDINAL_CARDS"/*.card "$made"
}

fresh() {
	pad remove 2>/dev/null || :
	slot=
	cp "$made"/*.card "$CARDINAL_CARDS"
}

line() {
	printf '%s\n' "$*" >>"$notes"
}

asked_for() {
	line "wait '$1' --timeout ${SHOWS_SECONDS:-20}"
}

swap() {
	[ "$slot" != "$1" ] || return 0
	[ -z "$slot" ] || line remove
	[ -z "$1" ] || line insert "$1"
	slot=$1
}

asks() {
	asked_for "Insert $1. card / press OK/Cancel"
	swap "$2"
	line press ok
}

pin_is() {
	asked_for 'Enter PIN'
	line "press $(printf '%s' "${1:-123456}" | sed 's/./& /g') ok"
}

# Cards of the deck that hold a share of a LIVE set that the HSM no longer knows, and its first digits.
held=
held_set=

gives() {
	asks "$1" "$2"
	pin_is
}

hands() {
	i=0
	for name in "$@"; do
		i=$((i + 1))
		gives $i "$name"
	done
}

writes() {
	asked_for 'Write New Key / press OK/Cancel'
	line press ok
	i=0
	for name in "$@"; do
		i=$((i + 1))
		asks $i "$name"
		case " $held " in
		*" $name "*)
			asked_for "Overwrite / $held_set?  OK"
			line press ok ;;
		esac
		pin_is
	done
}

reads() {
	asked_for 'Read New Key / press OK/Cancel'
	line press ok
	hands "$@"
}

go() {
	cardinal-pad run "$notes" || {
		pad status >&2
		cardinal status >&2
		cardinal events | tail -5 >&2
		die "the pad's part is not done: $*"
	}
	rm "$notes"
}

# first_of N NAME...
first_of() {
	n=$1
	shift
	for name in "$@"; do
		[ "$n" -gt 0 ] || break
		n=$((n - 1))
		printf '%s ' "$name"
	done
}

# quorum K N: of the installations from now on.
quorum() {
	k=$1
	n=$2
}
quorum 2 3

begins() {
	background cardinal "$@"
}

installs() {
	begins install --quorum "${k}of$n"
	writes $(first_of "$n" $cards)
	reads $(first_of "$k" $cards)
	go "$@"
	finished 0
	same operational "$(word state)" 'the state'
}

# Numbers of the cards that hold a share, as `cardinal status` tells.
written() {
	cardinal status | sed -n 's/.*written  *\([0-9]*\)  [0-9]\{20\}$/\1/p'
}

name_of() {
	echo $cards | cut -d ' ' -f "$1"
}

# Resuming, with the cards that the case left: by how many hold a share. $again: options.
again=

resumes() {
	have=$(written)
	count=$(echo $have | wc -w)
	set=$(word id)
	begins resume $again
	if [ "$count" -lt "$k" ]; then
		writes $(first_of "$n" $cards)
		reads $(first_of "$k" $cards)
	else
		asked_for 'Read New Key / press OK/Cancel'
		line press ok
		i=0
		for x in $(first_of "$k" $have); do
			i=$((i + 1))
			gives $i "$(name_of "$x")"
		done
	fi
	if [ "$count" -ge "$k" ] && [ "$count" -lt "$n" ]; then
		asked_for 'Write New Key / press OK/Cancel'
		line press ok
		for x in $(seq "$n"); do
			echo " $(echo $have) " | grep -q " $x " || gives "$x" "$(name_of "$x")"
		done
		reads $(first_of "$k" $cards)
	fi
	go "$@"
	finished 0
	same operational "$(word state)" 'the state after resuming'
	[ "$count" -lt "$k" ] || same "$set" "$(word id)" 'the set that was resumed'
	[ "$count" -ge "$k" ] || [ "$set" != "$(word id)" ] || die 'a new set has the old id'
}

# The ways out that a message names, with this many cards written.
ways_out() {
	case $1 in
	1) echo "$1 of $n cards is written: " ;;
	*) echo "$1 of $n cards are written: " ;;
	esac | tr -d '\n'
	if [ "$1" -lt "$k" ]; then
		printf '`cardinal resume` begins a new set'
	else
		printf '`cardinal resume` goes on with them'
	fi
	echo ', `cardinal factory-reset` starts over'
}

# The state of an abort and its message, and nothing but it; and with nothing left on the pad.
told() {
	same inconsistent "$(word state)" 'the state'
	same "$1" "$(message)" 'the message'
}

broken_off() {
	told "$1"
	same '' "$(pad display)" 'the display'
}

# refused COMMAND...: with both ways out.
refused() {
	status=0
	refusal=$("$@" 2>&1) || status=$?
	same 1 $status "$*"
	has "$refusal" 'the HSM is inconsistent' 'the refusal'
	has "$refusal" '`cardinal resume`' 'the refusal'
	has "$refusal" '`cardinal factory-reset`' 'the refusal'
}

all_refused() {
	refused cardinal install --quorum 2of3
	refused cardinal install --trial
	fails 1 cardinal cancel 2>/dev/null
	cardinal events --verify >/dev/null
}

# After a factory reset nobody knows any more that the set had been broken off: its shares are asked about.
# Where $others is set, those are the cards then. $half holds a share, too, that does not count.
reinstalls() {
	held=$(for x in $(written); do name_of "$x"; done | tr '\n' ' ')
	held="$held ${half-}"
	held_set=$(word id | cut -c 1-8)
	cards=${others:-$cards}
	cardinal factory-reset --yes 2>/dev/null
	same factory "$(word state)" 'the state'
	installs "$@"
	held=
}

# one_way CASE...: an abort, what is refused then, and resuming.
one_way() {
	fresh
	"$@"
	all_refused
	resumes "$@"
	cardinal factory-reset --yes 2>/dev/null
}

# both_ways CASE...: that; then the abort again, a factory reset and an installation.
both_ways() {
	one_way "$@"
	fresh
	"$@"
	reinstalls "$@"
	cardinal factory-reset --yes 2>/dev/null
}

# until_prompt N WORDS...: what is written down, but at the Nth prompt these words instead.
until_prompt() {
	awk -v n="$1" -v words="$2" '{ print } /^wait/ && ++i == n { print words; exit }' "$notes" >"$notes.cut"
	mv "$notes.cut" "$notes"
	slot=$(awk '$1 == "insert" { at = $2 } $1 == "remove" { at = "" } END { print at }' "$notes")
}

# outcome TEXT: it shows, and goes at OK.
outcome() {
	asked_for "$1"
	line press ok
}

# gone PID
gone() {
	! kill -0 "$1" 2>/dev/null
}

# at_once LINE...: in one breath, see tests/tools/at_once.c.
at_once() {
	printf '%s\n' "$@" | build/tests/tools/at_once "$CARDINAL_RUN/pad0.ctl" >"$CARDINAL_RUN/answers" || {
		cat "$CARDINAL_RUN/answers" >&2
		pad status >&2
		cardinal events | tail -5 >&2
		die "the pad's part is not done: $*"
	}
}

# configured LINE...: the script itself inside a sandbox whose daemon has this configuration.
configured() {
	[ -z "${INSIDE-}" ] || return 0
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	printf '%s\n' "$@" >"$T/conf"
	INSIDE=yes sandbox --hsm --hsm-config "$T/conf" -- "$0"
	exit
}
