#!/bin/sh
# The same calls for our module and for SoftHSM2: wherever the answers differ, a line below names
# what makes ours right. A difference that has no line, or a line without a difference, fails.
#
# PKCS #11 v2.40: "B" is the Base Specification, "M" the Current Mechanisms.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
softhsm

# calls MODULE SLOT
calls() {
	sed "s/\bSLOT\b/$2/g; s/\bSOPIN\b/text:$so_pin/g; s/\bPIN\b/text:$pin/g" tests/vectors/p11_calls/calls \
	    >"$T/calls"
	P11_MODULE=$1 with_module build/tests/tools/p11 -f "$T/calls" 2>&1 |
	    grep '^[^ ]*: C_\|^[^ ]*: find'
}
calls "$sanitized" "$slot" >"$T/ours"
calls "$peer" "$peer_slot" >"$T/theirs"
same "$(grep -c '	C_\|	find' tests/vectors/p11_calls/calls)" "$(wc -l <"$T/ours")" \
    'calls that our module answers'

# tag, ours, theirs
paste -d '|' "$T/ours" "$T/theirs" |
    awk -F '|' '$1 != $2 { split($1, a, ": "); split($2, b, ": "); print a[1] "|" a[2] "|" b[2] }' \
    >"$T/differ"
sed 's/^\([^|]*|[^|]*|[^|]*\)|.*/\1/' tests/vectors/p11_calls/differences | grep -v '^#' |
    sort >"$T/expected"
sort "$T/differ" >"$T/found"
diff "$T/expected" "$T/found" || die 'other differences than tests/vectors/p11_calls/differences'
! grep -v -E '^#|\|[BM] [0-9]' tests/vectors/p11_calls/differences || die 'a difference without a clause'
