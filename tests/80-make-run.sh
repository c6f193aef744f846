#!/bin/sh
# What `make run` shows: without a terminal scripted fingers do an installation; in a terminal of 80x24 a
# person does it, with the keyboard, at the pad beside the operator. Nothing is left behind.
cd "$(dirname "$0")/.." && . tests/lib.sh

T=$(mktemp -d)
trap 'tmux -S "$T/tmux" kill-server 2>/dev/null || :; rm -rf "$T"' EXIT
TMPDIR=$T
# The pad's frame is looked for as UTF-8 has it.
LC_ALL=C.UTF-8
export TMPDIR LC_ALL
left() {
	ls -A "$T" | grep -v '^out$\|^tmux$' || :
}

simulator/demo.sh >"$T/out" 2>&1 </dev/null || die "exit $?: $(cat "$T/out")"
same 5 "$(grep -c '^  pad      | \*\*\*\*\*\*$' "$T/out")" 'how often a whole PIN is on the display'
has "$(cat "$T/out")" '^State *operational'
has "$(cat "$T/out")" 'the transcript is whole'
same '' "$(left)" 'what the script left'

# The outer tmux is the person's terminal; the demonstration has its own inside.
tmux -S "$T/tmux" -f /dev/null new-session -d -x 80 -y 24 "env TMPDIR=$T simulator/demo.sh"
person() {
	tmux -S "$T/tmux" send-keys "$@"
}
sees() {
	eventually sh -c 'tmux -S "$1/tmux" capture-pane -p | grep -q -e "$2"' sees "$T" "$1"
}
# hand_over NUMBER CARD: CARD is its place in the deck, 0 for the one in the slot.
hand_over() {
	sees "│ Insert $1. card"
	if [ "$2" != 0 ]; then
		person r
		sees 'Slot  empty'
		person Up Up Up
		for down in $(seq 2 "$2"); do
			person Down
		done
		person i
		sees '(\*) card'
	fi
	person Enter
	sees '│ Enter PIN'
	person 1 2 3 4 5 6
	sees '│ \*\*\*\*\*\* '
	person Enter
}
sees 'operator\$'
person 'cardinal install --quorum 2of3' Enter
sees '│ Write New Key'
person C-b Left
person Enter
hand_over 1 1
hand_over 2 2
hand_over 3 3
sees '│ Read New Key'
person Enter
hand_over 1 0
hand_over 2 1
sees 'State *operational'
person C-b Right
# A shell at its prompt takes Ctrl-D; while a command runs, it would be the command's.
eventually sh -c 'tmux -S "$1/tmux" capture-pane -p | grep "operator[$]" | tail -n 1 |
    grep -q "operator[$] *$"' prompt "$T"
person C-d
eventually sh -c '! tmux -S "$1/tmux" has-session' gone "$T"
same '' "$(left)" 'what the terminal left'
