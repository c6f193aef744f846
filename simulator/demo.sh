#!/bin/sh
# make run: an installation 2 of 3, in a private sandbox. In a terminal: tmux with the
# pad on the left, the operator on the right. Without one: scripted fingers do the same,
# each prompt is printed as the pad shows it, then the transcript.
set -eu
build=$(cd "$(dirname "$0")/../build" && pwd)
PATH=$build:$PATH
export PATH

if [ "${1-}" != --inside ]; then
	deck=$(mktemp -d)
	trap 'rm -rf "$deck"' EXIT
	trap 'exit 129' HUP INT TERM
	for name in anna bert carla; do
		cardinal-pad card new "$name" --cards "$deck" >/dev/null
	done
	if [ -t 0 ] && [ -t 1 ]; then
		how=terminal
	else
		how=script
	fi
	cardinal-sandbox --hsm --cards "$deck" -- "$0" --inside $how
	exit
fi

terminal() {
	unset TMUX
	# The sandbox's pad has no screen: another takes its place.
	kill "$SANDBOX_PAD0"
	while cardinal-pad ctl display >/dev/null 2>&1; do :; done
	socket=$CARDINAL_RUN/tmux.sock
	rc=$CARDINAL_RUN/operator.rc
	cat >"$rc" <<'RC'
PS1='operator$ '
cat <<'HELP'
Left: the pad. Here: the operator.
Ctrl-B and an arrow, or a click,
moves between them. Begin with

  cardinal install --quorum 2of3

and do at the pad what it asks. The
PIN of its cards is 123456. Then try
cardinal events, share info, share
verify, script install --quorum 2of3.
Ctrl-D ends it, nothing stays behind.
HELP
RC
	columns=$(tput cols) lines=$(tput lines)
	tmux -S "$socket" -f /dev/null new-session -d -s cardinal -x "$columns" -y "$lines" cardinal-pad
	tmux -S "$socket" set-option -g mouse on \; set-option -g status off
	tmux -S "$socket" split-window -h -t cardinal \
	    "bash --noprofile --rcfile '$rc'; tmux -S '$socket' kill-server"
	tmux -S "$socket" split-window -v -b -l 8 -t cardinal 'cardinal status --watch'
	tmux -S "$socket" select-pane -t cardinal:0.2
	tmux -S "$socket" attach-session -t cardinal || :
}

# What the pad shows, and what fingers do about it.
display() {
	cardinal-pad ctl display | sed 's/^/  pad      | /'
}

shows() {
	cardinal-pad ctl wait "$1" --timeout 30 >/dev/null
	display
}

does() {
	echo "  fingers  : $*"
	case $1 in
	insert) cardinal-pad ctl remove 2>/dev/null || :; cardinal-pad ctl insert "$2" ;;
	digits) cardinal-pad ctl press 1 2 3 4 5 6; display ;;
	*) cardinal-pad ctl press "$@" ;;
	esac
}

# hand_over NUMBER [NAME]: a prompt for a card, and its holder; without a name the card stays in.
hand_over() {
	shows "Insert $1. card"
	[ -z "${2-}" ] || does insert "$2"
	does ok
	shows 'Enter PIN'
	does digits
	does ok
}

script() {
	echo '$ cardinal install --quorum 2of3'
	cardinal install --quorum 2of3 >"$CARDINAL_RUN/install.out" 2>&1 &
	installer=$!
	shows 'Write New Key'; does ok
	hand_over 1 anna
	hand_over 2 bert
	hand_over 3 carla
	shows 'Read New Key'; does ok
	hand_over 1
	hand_over 2 anna
	wait $installer || { cat "$CARDINAL_RUN/install.out"; exit 1; }
	echo
	cat "$CARDINAL_RUN/install.out"
	for command in events 'events --verify' status; do
		printf '\n$ cardinal %s\n' "$command"
		cardinal $command
	done
}

$2
