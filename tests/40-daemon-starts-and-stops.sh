#!/bin/bash
# The daemon serves, says when, and ends without a trace of its own processes and socket.
. "$(dirname "$0")/daemon.sh"

for signal in -TERM -INT; do
	start || fail "it does not serve"
	cardinal status | grep -q '^State *factory' || fail "no status"
	stop $signal
	[ "$status" = 0 ] || fail "exit status $status after $signal"
	gone "$vault" && gone "$ward" || fail "a child is left after $signal"
	[ ! -e "$sock" ] || fail "its socket is left after $signal"
	! grep -q ' error: ' "$T/log" || fail "it reports an error after $signal"
done
[ "$(stat -c %a "$T/state")" = 700 ] || fail "others may look into the state"

# The signals of a terminal and of a service manager reach all three processes.
start || fail "it does not serve"
kill -INT "$ward" "$vault"
kill -TERM "$vault"
stop
[ "$status" = 0 ] || fail "exit status $status when all were signalled"

# In the background the command returns when the daemon serves.
cardinald || fail "it does not go to the background"
[ "$(http http://x/v1/status)" = 200 ] || fail "it returned before it served"
daemon=$(pgrep -f "cardinald --role ward --state $T/state" | xargs ps -o ppid= -p)
kill "$daemon"
until_true 10 gone "$daemon" || fail "the one in the background does not end"
daemon=
