# Shared by the guest's scripts: . tests/usb/guest/lib.sh, from the top of the tree, with LOGS a
# directory for what programs say.
#
#   start NAME COMMAND...    in the background, its output in $LOGS/NAME.log; it ends with the script
#   stop NAME [SIGNAL]       ends it, and waits for its end
#   start_pad                a pad whose display, keys and slot the emulated reader has; `pad` drives it
#   start_reader KIND        the reader on the USB, in front of that pad
#   start_pcscd
#   sees Yes|No NAME         whether pcscd has a reader whose name has NAME, with or without a card
#   knows NAME, unknown NAME whether it has that reader
#   called NAME              the whole name of that reader
set -eu
BUILD=/usr/bin INSIDE=guest CARDINAL_RUN=/run/cardinal
export BUILD INSIDE CARDINAL_RUN
. tests/lib.sh
trap stop_all EXIT
# A new machine for each, as far as cards and HSM are concerned.
find /var/lib/cardinal /run/cardinal -mindepth 1 ! -path /var/lib/cardinal/cards -delete
rm -rf /etc/cardinal
SHOWS_SECONDS=60
# Pad 0 is the virtual reader's, of the installed reader.conf.d; this one is nobody's but the USB reader's.
usb_pad=1

# By the clock: here a program takes long to start.
eventually() {
	until=$(($(date +%s) + 60))
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $until ] || die "never came true: $*"
		sleep 0.05
	done
}

start() {
	started=$1
	shift
	"$@" >>"$LOGS/$started.log" 2>&1 &
	echo $! >"/run/$started.pid"
}

# Whether a process has, though nobody has waited for it yet.
ended() {
	! grep -q '^State:[^Z]*$' "/proc/$1/status" 2>/dev/null
}

stop() {
	pid=$(cat "/run/$1.pid")
	rm "/run/$1.pid"
	kill "${2:--TERM}" "$pid" 2>/dev/null || :
	# pcscd looks for what SIGINT has told it once, a millisecond later, and then waits for the next
	# client: where its other thread was not as quick as that, a second one has it look again.
	if [ "${2-}" = -INT ]; then
		ends=$(($(date +%s) + 10))
		while ! ended "$pid" && [ "$(date +%s)" -lt $ends ]; do
			sleep 0.05
		done
		ended "$pid" || kill -INT "$pid" 2>/dev/null || :
	fi
	# That of a script that ended before is not ours to wait for.
	wait "$pid" 2>/dev/null || :
}

stop_all() {
	for f in /run/*.pid; do
		[ ! -e "$f" ] || stop "$(basename "$f" .pid)"
	done
}

pad() {
	cardinal-pad ctl --pad $usb_pad "$@"
}

start_pad() {
	start pad cardinal-pad --headless --pad $usb_pad --log "$LOGS/pad.trace"
	eventually pad status
}

start_reader() {
	start "$1" build/tests/usb/vhci "$1" /run/cardinal/pad$usb_pad.sock
}

start_pcscd() {
	start pcscd pcscd --foreground ${PCSCD_SAYS:-}
	eventually test -S /run/pcscd/pcscd.comm
}

knows() {
	opensc-tool --list-readers | grep -qF "$1"
}

unknown() {
	! knows "$1"
}

called() {
	opensc-tool --list-readers | sed -n "s/^[0-9]* .*   *\([^ ].*$1.*\)/\1/p" | head -1
}

sees() {
	opensc-tool --list-readers | grep -F "$2" | grep -q "^[0-9]* *$1 "
}
