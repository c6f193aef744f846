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

# One that does not end is killed, however much is logged meanwhile.
cardinald || fail "it does not go to the background"
ward=$(pgrep -f "cardinald --role ward --state $T/state")
daemon=$(ps -o ppid= -p "$ward" | tr -d ' ')
vault=$(child vault)
exec 8>"/proc/$daemon/fd/2"
trap '' PIPE
kill -STOP "$ward"
noisy()
{
	echo "cardinald ward info: noise" >&8 2>/dev/null
	gone "$daemon"
}
kill "$daemon"
until_true 25 noisy || fail "noise keeps it from ending"
gone "$ward" && gone "$vault" || fail "a child is left that did not end"
daemon=
exec 8>&-
