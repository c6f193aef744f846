#!/bin/sh
# The same calls for our module and for SoftHSM2: wherever the answers differ,
# tests/vectors/p11_calls/differences names what makes ours right. A difference that has no line there,
# or a line without a difference, fails.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
softhsm

# calls MODULE SLOT LIBRARIES: the sanitizers only where they are built in; SoftHSM2 does not bear them.
calls() {
	sed "s/\bSLOT\b/$2/g; s/\bSOPIN\b/text:$so_pin/g; s/\bPIN\b/text:$pin/g" tests/vectors/p11_calls/calls \
	    >"$T/calls"
	LD_PRELOAD=$3 ASAN_OPTIONS=detect_leaks=0 P11_MODULE=$1 build/tests/tools/p11 -f "$T/calls" 2>&1 |
	    grep '^[^ ]*: C_\|^[^ ]*: find'
}
calls "$sanitized" "$slot" "$asan" >"$T/ours"
calls "$peer" "$peer_slot" "" >"$T/theirs"
same "$(grep -c '	C_\|	find' tests/vectors/p11_calls/calls)" "$(wc -l <"$T/ours")" \
    'calls that our module answers'

# tag, ours, theirs
paste -d '|' "$T/ours" "$T/theirs" |
    awk -F '|' '$1 != $2 { split($1, a, ": "); split($2, b, ": "); print a[1] "|" a[2] "|" b[2] }' \
    >"$T/differ"
cut -d '|' -f 1-3 tests/vectors/p11_calls/differences | grep -v '^#' |
    sort >"$T/expected"
sort "$T/differ" >"$T/found"
diff "$T/expected" "$T/found" || die 'other differences than tests/vectors/p11_calls/differences'
! grep -v -E '^#|\|[BM] [0-9]' tests/vectors/p11_calls/differences || die 'a difference without a clause'
