#!/bin/sh
# Where namespaces are forbidden, pcscd runs as it is and takes its socket as LISTEN_FDS.
cd "$(dirname "$0")/.." && . tests/lib.sh
if [ "$(id -u)" != 0 ] && [ ! -d /run/pcscd ]; then
	echo 'skipped: no root, and no /run/pcscd'
	exit 0
fi
CARDINAL_SANDBOX=plain INSIDE=tests/30-atr.sh sandbox -- tests/30-atr.sh
# A pcscd that may not write there has no process id there.
[ -w /run/pcscd ] || [ "$(id -u)" = 0 ] || exit 0
# Other scripts beside this one may have a pcscd there, too: of ours nothing is left.
pid=$(CARDINAL_SANDBOX=plain sandbox -- sh -c 'case $PCSCLITE_CSOCK_NAME in /run/*) exit 1;; esac
    cat /run/pcscd/pcscd.pid >/dev/null && echo "$SANDBOX_PCSCD"')
! grep -qx "$pid" /run/pcscd/pcscd.pid 2>/dev/null || die '/run/pcscd has its process id'
