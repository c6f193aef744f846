#!/bin/sh
# pcscd with as many pads as it takes readers, sixteen: a PIN entry at all of them at once, each
# with its own end, the last begun first ended.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 16

pads='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'
for n in $pads; do
	cardinal-pad card new "card$n"
	pad --pad "$n" insert "card$n"
done
clients=
for n in $pads; do
	asks_pin "$n"
	clients="$n:$asked $clients"
done
for n in $pads; do
	in_entry "$n"
done
for c in $clients; do
	n=${c%:*}
	case $((n % 4)) in
	0) keys='1 2 3 4 5 6 ok' sw=9000 ;;
	1) keys='6 5 4 3 2 1 ok' sw=63C2 ;;
	2) keys='1 2 3 cancel' sw=6401 ;;
	3) keys='1 2 3 ok' sw=6403 ;;
	esac
	pad --pad "$n" press $keys
	answered "$n" "${c#*:}" "^$sw\$"
done
for n in $pads; do
	works "$n"
done
