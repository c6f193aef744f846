# Sourced after lib.sh by the scripts that look at the pad's screen: a terminal of tmux, in $dir.
#
#   t COMMAND...     tmux's own
#   screen           what is on it
#   shows, hides PATTERN
#   state PATTERN    whether the pad's status says so

dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
trap 't kill-server 2>/dev/null || true; rm -rf "$dir"' EXIT

t() {
	tmux -S "$dir/tmux" "$@"
}

screen() {
	t capture-pane -p -t 0
}

shows() {
	screen | grep -q -e "$1"
}

hides() {
	! shows "$1"
}

state() {
	pad status | grep -q -e "$1"
}
