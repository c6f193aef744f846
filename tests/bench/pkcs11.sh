#!/bin/sh
# PKCS#11 beside OpenSSL in process and beside SoftHSM2, with the daemon that is installed. SoftHSM2
# has session keys, with which it is faster; ours are token keys. BENCH_OBJECTS makes the largest
# search smaller.
BUILD=build
cd "$(dirname "$0")/../.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
softhsm
build/bench/pkcs11 "$module" "$slot" "$pin" "$peer" "$peer_slot" "$pin"
