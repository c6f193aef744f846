#!/bin/sh
# Where namespaces are forbidden, pcscd runs as it is and takes its socket as LISTEN_FDS.
cd "$(dirname "$0")/.." && . tests/lib.sh
if [ "$(id -u)" != 0 ] && [ ! -d /run/pcscd ]; then
	echo 'skipped: no root, and no /run/pcscd'
	exit 0
fi
before=$(ls -A /run/pcscd 2>/dev/null || echo none)
CARDINAL_SANDBOX=plain INSIDE=tests/30-atr.sh sandbox -- tests/30-atr.sh
CARDINAL_SANDBOX=plain sandbox -- sh -c 'case $PCSCLITE_CSOCK_NAME in /run/*) exit 1;; esac'
same "$before" "$(ls -A /run/pcscd 2>/dev/null || echo none)" /run/pcscd
