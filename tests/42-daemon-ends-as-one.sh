#!/bin/bash
# When vault, ward or the parent is killed, the others end, and the log tells.
. "$(dirname "$0")/daemon.sh"

for role in vault ward; do
	start || fail "it does not serve"
	kill -KILL "$(child $role)"
	status=0
	wait "$daemon" || status=$?
	daemon=
	[ "$status" = 1 ] || fail "exit status $status after $role was killed"
	grep -q "$role was killed by signal 9" "$T/log" || fail "the log does not name $role"
	gone "$vault" && gone "$ward" || fail "a child is left after $role was killed"
done

start || fail "it does not serve"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
daemon=
until_true 10 gone "$ward" || fail "ward outlives its parent"
until_true 10 gone "$vault" || fail "vault outlives its parent"

start || fail "it does not start again"
cardinal status | grep -q '^State *factory' || fail "no status"
stop
