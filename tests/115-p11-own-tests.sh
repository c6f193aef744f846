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
# With a login to do, the tool does not wait 30 s for threads that have long ended.
for i in 1 2 3 4 5; do
	in_tool --test-threads ILGI --test-threads ILGI >/dev/null
	in_tool --test-threads ILGISLT0 --test-threads ILGISLT1 --test-threads ILGISLT2 >/dev/null
done
tool --test-hotplug </dev/null >"$T/hotplug"
has "$(cat "$T/hotplug")" C_WaitForSlotEvent
