#!/bin/sh
# A thousand clients that come and go at some pads while others are unplugged and plugged in again:
# no client sees an error, and pcscd has in the end what it had before.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 6

for n in 0 1 2 3 4 5; do
	cardinal-pad card new "card$n"
done
for n in 0 1 2; do
	pad --pad $n insert "card$n"
	works $n
done
holds() {
	ls "/proc/$SANDBOX_PCSCD/fd" "/proc/$SANDBOX_PCSCD/task" | wc -l
}
at_rest() {
	[ "$(holds)" -le "$before" ]
}
before=$(holds)
people=
for n in 3 4 5; do
	build/tests/tools/soak plug 100 $n "card$n" &
	people="$people $!"
done
crowd=
for n in 0 1; do
	client $n connects 500
	crowd="$crowd $n:$asked"
done
# These are a process each, with a context of its own.
for i in 1 2 3 4 5 6 7 8 9 10; do
	works 2
	works 2
	works 2
done
for c in $crowd; do
	answered "${c%:*}" "${c#*:}" ok '500 connects'
done
for p in $people; do
	wait "$p"
done
eventually at_rest
