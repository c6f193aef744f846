#!/bin/sh
# pcscd killed while its pads hold cards, and while a PIN is entered: the pads end what was asked
# and stay; a pcscd that starts beside them has their cards at once. It starts, too, when every one
# of its pads hangs, and has their cards as soon as they run again.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 16
if [ "$PCSCLITE_CSOCK_NAME" != /run/pcscd/pcscd.comm ]; then
	echo 'skipped: without a /run of our own pcscd listens where only the sandbox lets it'
	exit 0
fi

pads='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'
readers=$(tr '\0' ' ' <"/proc/$SANDBOX_PCSCD/cmdline" | sed 's/.*-c \([^ ]*\).*/\1/')
program=$(readlink "/proc/$SANDBOX_PCSCD/exe")
lib=$(preload)
pcscd=$SANDBOX_PCSCD

# Until nobody has its process id: pcscd does not start beside another.
ends_pcscd() {
	kill -KILL "$pcscd"
	wait "$pcscd" 2>/dev/null || :
	eventually sh -c "! kill -0 $pcscd"
}
starts_pcscd() {
	LD_PRELOAD=$lib "$program" -f -c "$readers" >>"$SANDBOX_LOGS/pcscd.log" 2>&1 &
	pcscd=$!
	eventually all_listed
}
all_listed() {
	[ "$(timeout $long pcsc_scan -r | grep -c 'Cardinal PIN pad')" = 16 ]
}
dark() {
	for n in $pads; do
		! pad --pad "$n" status --json | grep -q '"secure": *true\|"powered": *true' || return 1
	done
}
all() {
	for n in $pads; do
		"$@" "$n"
	done
}
sends() {
	eval "kill -$1 \"\$SANDBOX_PAD$2\""
}
gets_card() {
	cardinal-pad card new "card$1"
	pad --pad "$1" insert "card$1"
}

all gets_card
asks_pin 3
ends_pcscd
eventually dark
same '' "$(pad --pad 3 display | tr -d ' \n')" 'the display after the end of pcscd'
starts_pcscd
all works

all sends STOP
ends_pcscd
before=$(date +%s)
starts_pcscd
[ $(($(date +%s) - before)) -lt 6 ] || die 'pcscd starts late, since it waits for each of its pads'
same ok "$(at 0 absent)" 'the card of a pad that hangs'
all sends CONT
all works
