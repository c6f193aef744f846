#!/bin/sh
# A hundred clients and a hundred daemons are killed while key pairs are made: each that was
# acknowledged is there and signs, and none is there by half. SoftHSM2 leaves empty and torn files.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
keys=build/tests/tools/p11_keys
KILLS=${KILLS:-100}
: >"$T/list"

with_module $keys killed "$KILLS" "$slot" "$pin" client "$T/list"
[ -s "$T/list" ] || die 'no key was made before the kills'
with_module $keys check "$slot" "$pin" "$T/list" || die 'after the clients were killed'

# Slot 0 opens by itself, so that each life of a daemon is spent on keys, not on a code.
: >"$T/list0"
$with $keys make 0 - daemon "$T/list0" 600 >"$T/made" 2>&1 &
maker=$!
i=0
while [ $i -lt "$KILLS" ]; do
	made=$(wc -l <"$T/list0")
	sleep "0.0$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')"
	eventually sh -c "[ \$(wc -l <'$T/list0') -gt $made ] || ! kill -0 $maker"
	kill -0 $maker 2>/dev/null || die "the client ended: $(cat "$T/made")"
	kill -KILL "$(pgrep -P "$daemon" -f -- '--role vault')"
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
	begin
	i=$((i + 1))
done
kill $maker
wait $maker 2>/dev/null || :
with_module $keys check 0 - "$T/list0" || die 'after the daemon was killed'
