#!/bin/sh
# The sandbox exits as its command does, passes signals on, and leaves nothing behind.
cd "$(dirname "$0")/.." && . tests/lib.sh

TMPDIR=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" || :; rm -rf "$TMPDIR"' EXIT
export TMPDIR
mark=$TMPDIR/mark
# A process that nobody else has: ours can be told from the machine's.
left() {
	ps -eo args | grep -c "^sleep 1$$\$" || :
}

# In the background the sandbox itself is wanted, not a shell around it.
lib=$(preload)
box() {
	exec cardinal-sandbox ${lib:+--preload "$lib"} "$@"
}

everything() {
	same 0 "$(sandbox "$@" -- sh -c 'exit 0'; echo $?)" 'status of a command that is well'
	fails 7 sandbox "$@" -- sh -c 'exit 7'
	fails 143 sandbox "$@" -- sh -c 'kill -TERM $$'
	fails 127 sandbox "$@" -- /nonexistent 2>/dev/null
	fails 126 sandbox "$@" -- /etc/passwd 2>/dev/null

	# A command that ends leaves its children behind; they end with it.
	sandbox "$@" -- sh -c "setsid sleep 1$$ & exit 0"
	same 0 "$(left)" 'processes left behind'

	# A signal to the sandbox is one to its command.
	box "$@" -- sh -c "trap 'exit 9' TERM; echo >$mark; while :; do sleep 0.01; done" &
	pid=$!
	eventually test -e "$mark"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	pid=
	same 9 "$status" 'status after SIGTERM'
	rm "$mark"

	# A sandbox that is killed takes all others along.
	box "$@" -- sh -c "setsid sleep 1$$ & echo >$mark; wait" &
	pid=$!
	eventually test -e "$mark"
	# It is a shell until it has become sleep.
	eventually sh -c "ps -eo args | grep -q '^sleep 1$$\$'"
	kill -KILL $pid
	wait $pid 2>/dev/null || :
	pid=
	eventually sh -c "! ps -eo args | grep '^sleep 1$$\$'"
	rm "$mark"
}

everything
if [ "$(id -u)" = 0 ] || [ -d /run/pcscd ]; then
	CARDINAL_SANDBOX=plain
	export CARDINAL_SANDBOX
	everything
fi
eventually sh -c "[ -z \"\$(ls -A '$TMPDIR')\" ]"

fails 2 cardinal-sandbox 2>/dev/null
fails 2 cardinal-sandbox --pads 17 -- true 2>/dev/null
fails 2 cardinal-sandbox --nonsense -- true 2>/dev/null
fails 1 cardinal-sandbox --pads 0 --pcscd-arg --nonsense -- true 2>/dev/null
has "$(cardinal-sandbox --help)" '--cards DIR' 'the help'
