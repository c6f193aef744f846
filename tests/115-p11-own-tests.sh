#!/bin/sh
# The tests that OpenSC's pkcs11-tool has in it go to their end: all mechanisms, a fork, threads
# that begin at once. SoftHSM2 2.6.1 fails the fork and crashes by the threads.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox

in_tool --keypairgen --key-type rsa:2048 --label rsa --id 01 --usage-sign --usage-decrypt >/dev/null
in_tool --keypairgen --key-type EC:prime256v1 --label ec --id 02 >/dev/null
in_tool --test >"$T/test"
! grep -v '^No errors' "$T/test" | grep -i -e fail -e error || die "pkcs11-tool --test: $(cat "$T/test")"
has "$(cat "$T/test")" 'No errors'
tool --test-fork >/dev/null

# threads N OPTION...: N threads, all of which have to come to a good end. The tool then waits 30 s
# for some that have already gone, which nobody else has to.
threads() {
	n=$1
	shift
	$with stdbuf -oL -eL pkcs11-tool --module "$sanitized" "$@" >"$T/threads" 2>&1 &
	pid=$!
	eventually sh -c "[ \$(grep -c 'returning rv = 0' '$T/threads') = $n ] || ! kill -0 $pid"
	same $n "$(grep -c 'returning rv = 0' "$T/threads")" "threads that end well: $(cat "$T/threads")"
	kill $pid 2>/dev/null || :
	ended=0
	wait $pid || ended=$?
	[ $ended = 0 ] || [ $ended = 143 ] || die "pkcs11-tool $*: exit $ended: $(cat "$T/threads")"
}

for i in 1 2 3 4 5; do
	threads 2 --test-threads ILGI --test-threads ILGI
	threads 3 --test-threads ILGISLT0 --test-threads ILGISLT1 --test-threads ILGISLT2
done

tool --test-hotplug </dev/null >"$T/hotplug"
has "$(cat "$T/hotplug")" C_WaitForSlotEvent
