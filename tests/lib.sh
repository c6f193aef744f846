# Shared by the numbered scripts: . tests/lib.sh, from the top of the tree.
# BUILD is where the products are that they run; by default those with the sanitizers.
set -eu
# An EXIT trap of the script runs also when it is told to end.
trap 'exit 1' HUP INT TERM
BUILD=${BUILD:-build/san/bin}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
PATH=$BUILD:$PATH
export BUILD PATH
[ -n "${INSIDE-}" ] || unset CARDINAL_RUN CARDINAL_STATE CARDINAL_CARDS PCSCLITE_CSOCK_NAME
# Findings exit with 23, since 1 is what a program has for its own failures.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:exitcode=23}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS

die() {
	echo "$0: $*" >&2
	exit 1
}

# same WANT GOT [WHAT]
same() {
	[ "$1" = "$2" ] || die "${3:-it} is '$2', not '$1'"
}

# has TEXT PATTERN [WHAT]: a basic regular expression in a text.
has() {
	printf '%s\n' "$1" | grep -q -e "$2" || die "${3:-it} has no '$2': $1"
}

# fails STATUS COMMAND...: it exits with just that.
fails() {
	want=$1
	shift
	status=0
	"$@" || status=$?
	same "$want" "$status" "status of $*"
}

# eventually COMMAND...: true within 10 s.
eventually() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || die "never came true: $*"
		sleep 0.01
	done
}

# The runtime that a driver with the sanitizers needs in a pcscd without them.
preload() {
	if grep -q __asan_init "$BUILD/libifd-cardinal.so"; then
		printf '%s' "$(gcc -print-file-name=libasan.so)"
	fi
}

# sandbox [OPTION...] -- COMMAND...
sandbox() {
	lib=$(preload)
	if [ -n "$lib" ]; then
		cardinal-sandbox --preload "$lib" "$@"
	else
		cardinal-sandbox "$@"
	fi
}

# needs_namespaces WHY: is the end of the script where the sandbox has none.
needs_namespaces() {
	[ "$(sandbox --pads 0 -- printenv PCSCLITE_CSOCK_NAME)" = /run/pcscd/pcscd.comm ] || {
		echo "skipped: without namespaces $1"
		exit 0
	}
}

# in_sandbox [OPTION...]: runs the script itself again inside one, with `inside` as its argument,
# and exits as it does. Nothing after it runs outside.
in_sandbox() {
	[ "${INSIDE-}" != "$0" ] || return 0
	status=0
	INSIDE=$0 sandbox "$@" -- "$0" || status=$?
	exit $status
}

pad() {
	cardinal-pad ctl "$@"
}

# Whether pcscd knows of a card (Yes) or of none (No) in pad N.
pcscd_sees() {
	opensc-tool --list-readers | grep -q "$1 .*Cardinal PIN pad ${2:-0} "
}

# insert NAME [N]: into pad N, and until pcscd has heard of it.
insert() {
	pad --pad "${2:-0}" insert "$1"
	eventually pcscd_sees Yes "${2:-0}"
}

# A new card NAME of the deck, into pad N.
new_card() {
	cardinal-pad card new "$1"
	insert "$1" "${2:-0}"
}

# What pcscd calls pad N: it counts the readers of a driver, in hex, as it opens them.
reader() {
	printf 'Cardinal PIN pad %d %02X 00\n' "${1:-0}" "${1:-0}"
}
