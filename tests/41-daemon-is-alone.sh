#!/bin/bash
# Two daemons on one state directory, or one run directory: the second refuses, the first goes on.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"
status=0
cardinald --foreground --run "$T/other" >"$T/second" 2>&1 || status=$?
[ "$status" = 1 ] || fail "a second one on the same state: exit status $status"
grep -q "another cardinald has the state directory $T/state" "$T/second" || fail "it does not say so"
[ ! -e "$T/other/admin.sock" ] || fail "it leaves a socket"

status=0
cardinald --foreground --state "$T/elsewhere" >"$T/second" 2>&1 || status=$?
[ "$status" = 1 ] || fail "a second one on the same socket: exit status $status"
grep -q "another cardinald serves at $T/run/" "$T/second" || fail "it does not say so"

cardinal status | grep -q '^State *factory' || fail "the first one does not answer any more"
stop
[ "$status" = 0 ] || fail "exit status $status"

# What is no socket is not taken away, nor followed.
echo mine >"$T/file"
for what in "cp $T/file" "ln -s $T/file"; do
	mkdir "$T/mine"
	$what "$T/mine/admin.sock"
	status=0
	cardinald --foreground --run "$T/mine" --state "$T/elsewhere" >"$T/second" 2>&1 || status=$?
	[ "$status" = 1 ] || fail "with something at the socket's name: exit status $status"
	grep -q "cannot listen at $T/mine/admin.sock: File exists" "$T/second" || fail "it does not say so"
	grep -q mine "$T/mine/admin.sock" || fail "it took a file away"
	[ "$(stat -c %a "$T/file")" = 644 ] || fail "it changed a file"
	rm -r "$T/mine"
done

# A socket that a killed daemon left behind is no daemon.
start || fail "it does not serve"
kill -KILL "$ward" "$vault" "$daemon"
wait "$daemon" 2>/dev/null
until_true 10 gone "$ward" && until_true 10 gone "$vault" || fail "they do not die"
[ -e "$sock" ] || fail "this tests nothing"
start || fail "it does not start again"
cardinal status >/dev/null || fail "it does not answer"
stop
