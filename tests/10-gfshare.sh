#!/bin/sh
# Our shares are combined by Debian's gfcombine and those of its gfsplit by us, with the
# polynomial of libgfshare: another program checks the arithmetic.
set -eu
cd "$(dirname "$0")/.."
ours=$PWD/build/tests/tools/gfshare
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# $1 of $2, and which shares are picked.
both_ways() {
	k=$1 n=$2
	head -c 32 /dev/urandom >secret

	"$ours" split "$k" "$n" own <secret
	gfcombine -o theirs $(ls own.* | shuf -n "$k")
	cmp secret theirs

	gfsplit -m "$n" -n "$k" secret foreign
	"$ours" combine $(ls foreign.* | shuf -n "$k") >back
	cmp secret back
	rm -f own.* foreign.* theirs back
}

runs=0
while [ $runs -lt 40 ]; do
	both_ways 2 3
	both_ways 3 5
	both_ways 16 16
	runs=$((runs + 1))
done

# Each of the ten threes out of five.
head -c 32 /dev/urandom >secret
"$ours" split 3 5 own <secret
gfsplit -m 5 -n 3 secret foreign
threes=0
for stem in own foreign; do
	set -- "$stem".*
	for a in "$@"; do for b in "$@"; do for c in "$@"; do
		[ "$a" \< "$b" ] && [ "$b" \< "$c" ] || continue
		case $stem in
		own) gfcombine -o back "$a" "$b" "$c" ;;
		foreign) "$ours" combine "$a" "$b" "$c" >back ;;
		esac
		cmp secret back
		threes=$((threes + 1))
	done; done; done
done
[ $threes -eq 20 ]
