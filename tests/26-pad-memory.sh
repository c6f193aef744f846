#!/bin/sh
# The process that has the digits makes no core file, and its memory is its own.
# The sanitizers do not lock memory: the plain build.
cd "$(dirname "$0")/.." && BUILD=build && . tests/lib.sh
dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
cardinal-pad --headless 2>/dev/null &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
eventually pad beeps

has "$(cat "/proc/$pid/limits")" '^Max core file size  *0  *0 ' 'the limits'
locked=$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
[ "$locked" -gt 0 ] || die 'no memory is locked'
# A process that may not be dumped belongs to root in /proc, whoever runs it.
if [ "$(id -u)" != 0 ]; then
	same 0 "$(stat -c %u "/proc/$pid/mem")" 'the owner of its memory'
fi
