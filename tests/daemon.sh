# Sourced by the scripts about cardinald: a daemon of its own in a directory of
# its own, no card reader. Each script runs on the plain build, where the filter of
# system calls is in force, and on the sanitizer build.
#
#   . tests/daemon.sh
#   start [OPTION...]      starts it and waits until it serves: $daemon, $vault, $ward
#   stop                   SIGTERM; $status is its exit status
#   until_true N COMMAND   tries the command until it succeeds, N seconds at most
#   fail WORDS             ends the script
set -u
cd "$(dirname "$0")/.." || exit 1

if [ -z "${BIN-}" ]; then
	for bin in build build/san/bin; do
		echo "== $bin"
		BIN=$bin "$0" || exit 1
	done
	exit 0
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/cardinal.XXXXXX")
chmod 755 "$T"
export CARDINAL_STATE=$T/state CARDINAL_RUN=$T/run
PATH=$PWD/$BIN:$PATH
sock=$T/run/admin.sock
daemon=

cleanup()
{
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "FAILED: $*"
	[ ! -f "$T/log" ] || sed 's/^/    log: /' "$T/log"
	exit 1
}

until_true()
{
	local n=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}

child()
{
	pgrep -P "$daemon" -f -- "--role $1"
}

start()
{
	rm -f "$T/ready"
	mkfifo "$T/ready"
	cardinald --foreground --ready-fd 9 "$@" >"$T/log" 2>&1 9>"$T/ready" &
	daemon=$!
	# The byte, or end of file when it could not serve.
	[ "$(timeout 20 head -c 1 "$T/ready" | wc -c)" = 1 ] || return 1
	vault=$(child vault)
	ward=$(child ward)
}

stop()
{
	kill "${1:--TERM}" "$daemon"
	status=0
	wait "$daemon" || status=$?
	daemon=
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# HTTP status of a request; its body goes to $T/answer.
http()
{
	curl -s -o "$T/answer" -w '%{http_code}' --max-time 20 --unix-socket "$sock" "$@"
}
