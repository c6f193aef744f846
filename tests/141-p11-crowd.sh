#!/bin/sh
# A crowd of clients with many threads, killed at random while the daemon is killed and started
# again: no acknowledged key is lost, no session stays, and vault's memory and descriptors are where
# they were. Some of it here; `make crowd` has 200 clients of 10 threads.
BUILD=${BUILD:-build}
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
CROWD=${CROWD:-16} THREADS=${THREADS:-10} SECONDS_EACH=${SECONDS_EACH:-3} ROUNDS=${ROUNDS:-2}
KILL_MS=${KILL_MS:-100}
crowd=build/tests/tools/p11_crowd
keys=build/tests/tools/p11_keys

# What vault holds: descriptors, threads, memory in KiB.
holds() {
	vault=$(pgrep -P "$daemon" -f -- '--role vault')
	fds=$(ls "/proc/$vault/fd" | wc -l)
	threads=$(ls "/proc/$vault/task" | wc -l)
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$vault/status")
}

# Threads that have ended are waited for one by one, so memory comes back a little later than they go.
at_rest() {
	before=$rss
	sleep 0.1
	holds
	[ "$fds" -le "$fds_first" ] && [ "$threads" -le "$threads_first" ] && [ "$rss" = "$before" ]
}

come() {
	with_module $crowd "$slot" "$pin" "$CROWD" "$THREADS" "$1" "$KILL_MS" "$T/list"
}

: >"$T/list"
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s user "text:$pin" \
    C_GenerateKeyPair s EC_KEY_PAIR_GEN ec_params=p256,token=yes,label=shared,id=00 \
    token=yes,label=shared,id=00 pub priv
echo shared >"$T/list"

# The daemon lives through it.
holds
fds_first=$fds threads_first=$threads
echo "vault at first: $fds descriptors, $threads threads, $rss KiB"
come "$SECONDS_EACH" || die 'clients of a daemon that lives'
eventually at_rest
rss_first=$rss
echo "vault after the first crowd: $fds descriptors, $threads threads, $rss KiB"
come "$SECONDS_EACH" || die 'the second crowd'
eventually at_rest
echo "vault after the second crowd: $fds descriptors, $threads threads, $rss KiB"
# It has new keys, too. The sanitizers keep what is freed for a while.
[ -n "$(preload)" ] || [ $((rss - rss_first)) -lt $((rss_first / 4 + 2048)) ] ||
    die "vault grew from $rss_first to $rss KiB"

# It does not.
i=0
while [ $i -lt "$ROUNDS" ]; do
	come "$SECONDS_EACH" >"$T/crowd" 2>&1 &
	clients=$!
	sleep "$((SECONDS_EACH / 2)).$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')"
	kill -KILL "$(pgrep -P "$daemon" -f -- '--role vault')"
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
	begin
	wait $clients || die "clients of a daemon that was killed: $(cat "$T/crowd")"
	cat "$T/crowd"
	i=$((i + 1))
done
with_module $keys check "$slot" "$pin" "$T/list" || die 'keys are lost'
# A session that was stuck would not let a token be made anew (PKCS #11 v2.40 Base 5.5, C_InitToken).
p11 C_Initialize os C_InitToken "$slot" "text:$so_pin" text:again
