# Shared by the scripts about emulated USB readers: . tests/usb/lib.sh, after tests/lib.sh.
# USB is a directory: run/ has the sockets of the pads that are in the readers, jackN.ctl tells the
# n-th what to do wrong, bus.log is what the bus has seen.
mockjack=$PWD/build/tests/usb/mockjack

# in_usb N [OPTION...]: runs the script itself again in a sandbox whose pcscd has a USB bus with N
# cyberJacks, with the driver of this tree alone for them. They are off the bus until plug_in. When
# all has ended well, after_usb runs, where the script has one. MORE is preloaded into pcscd, too.
in_usb() {
	[ "${INSIDE-}" != "$0" ] || return 0
	needs_namespaces 'pcscd would look for the drivers that are installed'
	n=$1
	shift
	USB=$(mktemp -d)
	trap 'rm -rf "$USB"' EXIT
	export USB
	contents=$USB/drivers/ifd-cardinal.bundle/Contents
	mkdir -p "$contents/Linux" "$USB/run" "$USB/tmp"
	cp Info.plist "$contents"
	# Not a link: pcscd gives the first reader of each path the same number, and the linker loads
	# a file once, whatever its path.
	cp "$BUILD/libifd-cardinal.so" "$contents/Linux"
	mock=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/.*=> \(.*libumockdev-preload\.so\.0\)$/\1/p' | head -1)
	[ -n "$mock" ] || die 'no libumockdev-preload.so.0'
	status=0
	# The sanitizers' runtime comes first, or it does not start.
	INSIDE=$0 LD_PRELOAD=$mock TMPDIR=$USB/tmp "$mockjack" "$USB" "$n" cardinal-sandbox \
	    --preload "$(preload) $mock ${MORE-}" --drivers "$USB/drivers" "$@" -- "$0" || status=$?
	[ "$status" = 0 ] || tail -3 "$USB/bus.log" >&2
	if [ "$status" = 0 ] && type after_usb >/dev/null 2>&1; then
		after_usb
	fi
	exit $status
}

# jack N WORDS...: tells the n-th cyberJack something (mockjack --help).
jack() {
	socket=$USB/jack$1.ctl
	shift
	"$mockjack" ctl "$socket" "$@"
}

# in_jack N WORDS...: cardinal-pad ctl of the pad in the n-th.
in_jack() {
	number=$1
	shift
	CARDINAL_RUN=$USB/run cardinal-pad ctl --pad "$number" "$@"
}

cyberjacks() {
	opensc-tool --list-readers | sed -n 's/^[0-9].*\(REINER SCT cyberJack.*\)$/\1/p'
}

# Whether pcscd has N cyberJacks.
has_cyberjacks() {
	[ "$(cyberjacks | wc -l)" = "$1" ]
}

# cyberjack_sees Yes|No [PATTERN]: a card in the one whose name has the pattern.
cyberjack_sees() {
	opensc-tool --list-readers | grep -q "$1 .*REINER SCT cyberJack.*${2-}"
}

# plug_in N: a pad, which is the n-th cyberJack's inside, is started. jackN_pid is its process.
plug_in() {
	CARDINAL_RUN=$USB/run cardinal-pad --headless --pad "$1" --cards "$CARDINAL_CARDS" 2>"$USB/pad$1.log" &
	eval "jack$1_pid=$!"
}

# The name of the only cyberJack, or of the n-th by name.
cyberjack() {
	cyberjacks | sed -n "${1:-1}p"
}
