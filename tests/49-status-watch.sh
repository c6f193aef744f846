#!/bin/sh
# Watching: a line for each change in a pipe, a screen in a terminal, which waits for a daemon that is gone.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
in_sandbox --hsm

cardinal-pad card new a >/dev/null
lines=$CARDINAL_RUN/lines
cardinal status --watch >"$lines" &
watcher=$!
eventually grep -qx factory "$lines"
background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
eventually grep -q 'installing; install; .*pad: Write New Key / press OK/Cancel' "$lines"
ok
shows 'Insert 1. card / press OK/Cancel'
eventually grep -qx 'installing; install; Write card 1 of 3; pad: Insert 1. card / press OK/Cancel' "$lines"
pad press cancel
finished 3
eventually grep -qx inconsistent "$lines"
kill -INT $watcher
fails 0 wait $watcher
grep -q 'installing; install; .*pad: Write New Key / press OK/Cancel' "$lines" || die "no prompt: $(cat "$lines")"

fails 0 sh -c 'cardinal status --json | grep -q "^{.*}$"'

tmux -S "$CARDINAL_RUN/tmux" -f /dev/null new-session -d -x 80 -y 24 "PATH=$PATH cardinal status --watch"
trap 'tmux -S "$CARDINAL_RUN/tmux" kill-server 2>/dev/null' EXIT
screen() {
	tmux -S "$CARDINAL_RUN/tmux" capture-pane -p
}
on_screen() {
	screen | grep -q "$1"
}
eventually on_screen '^State *inconsistent'
cardinal factory-reset --yes
eventually on_screen '^State *factory'
on_screen inconsistent && die 'an old line is left'
background cardinal install --quorum 2of3
eventually on_screen '^Running *install'
eventually on_screen '^Pad *Write New Key / press OK/Cancel'
pad press cancel
finished 3
eventually on_screen '^State *inconsistent'
