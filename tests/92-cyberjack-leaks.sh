#!/bin/sh
# A cyberJack that comes and goes while pcscd runs leaves nothing behind, neither memory nor threads
# nor files; when pcscd ends, the kernel's driver has it back.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
if [ "${INSIDE-}" != "$0" ]; then
	log=$(mktemp)
	# pcscd leaks some of its own about udev, so leaks are no failure: ours are looked for.
	MORE=$PWD/build/tests/tools/keep_loaded.so
	LSAN_OPTIONS=exitcode=0
	export LSAN_OPTIONS
fi
after_usb() {
	has "$(tail -2 "$USB/bus.log")" '^attached ' 'what the bus saw in the end'
	if grep -aE 'runtime error|ERROR: Address|ifdhandler/|libifd-cardinal|libusb' "$log"; then
		cat "$log"
		die 'findings'
	fi
	rm -f "$log"
}
in_usb 1 --gentle --pcscd-log "${log-}"

left() {
	ls "/proc/$SANDBOX_PCSCD/fd" "/proc/$SANDBOX_PCSCD/task" | wc -l
}
settled() {
	[ "$(left)" -le "$before" ]
}
comes_and_goes() {
	jack 0 plug
	eventually cyberjack_sees Yes
	jack 0 unplug
	eventually has_cyberjacks 0
}
cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
in_jack 0 insert anna
jack 0 unplug
eventually has_cyberjacks 0
comes_and_goes
before=$(left)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	comes_and_goes
done
eventually settled
jack 0 plug
eventually cyberjack_sees Yes
same 9000 "$(build/tests/tools/part10 reader "$(cyberjack)" shared \
    apdu 00A4040C0AF043415244494E414C01 | tail -1)" 'the card in the end'
