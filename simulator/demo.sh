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
The operator's side; on the left is the pad. Click
into one, or Ctrl-B and an arrow. Begin with

    cardinal install --quorum 2of3

and do at the pad what it asks. anna, bert, carla
are in its deck; their PIN is 123456. Also try

    cardinal script install --quorum 2of3
    cardinal events
    cardinal share verify

Ctrl-D here ends it all and leaves nothing behind.
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

# What the pad shows, and what a finger does about it.
shows() {
	cardinal-pad ctl wait "$1" --timeout 30 >/dev/null
	cardinal-pad ctl display | sed 's/^/  pad      | /'
}

does() {
	echo "  fingers  : $*"
	case $1 in
	insert) cardinal-pad ctl remove >/dev/null 2>&1 || true; cardinal-pad ctl insert "$2" ;;
	PIN) echo 123456 | cardinal-pad ctl pin ;;
	*) cardinal-pad ctl press "$@" ;;
	esac
}

script() {
	echo '$ cardinal install --quorum 2of3'
	cardinal install --quorum 2of3 >"$CARDINAL_RUN/install.out" 2>&1 &
	installer=$!
	shows 'Write New Key'; does ok
	i=1
	for name in anna bert carla; do
		shows "Insert $i. card"; does insert $name; does ok
		shows 'Enter PIN'; does PIN
		i=$((i + 1))
	done
	shows 'Read New Key'; does ok
	shows 'Insert 1. card'; does ok
	shows 'Enter PIN'; does PIN
	shows 'Insert 2. card'; does insert anna; does ok
	shows 'Enter PIN'; does PIN
	wait $installer || { cat "$CARDINAL_RUN/install.out"; exit 1; }
	echo
	cat "$CARDINAL_RUN/install.out"
	echo
	echo '$ cardinal events'
	cardinal events
	echo
	echo '$ cardinal status'
	cardinal status
}

$2
