#!/bin/sh
# Whoever has a secret leaves no core file, and no program of the same user reads or traces it: vault, ward, pad.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds

T=$(mktemp -d)
chmod 755 "$T"
trap 'kill $daemon $pad $other 2>/dev/null; wait; rm -rf "$T"' EXIT
daemon='' pad='' other=''
mkdir "$T/bin" "$T/run" "$T/state" "$T/cards"
cp "$BUILD/cardinald" "$BUILD/cardinal-pad" "$T/bin"
export CARDINAL_RUN="$T/run" CARDINAL_STATE="$T/state" CARDINAL_CARDS="$T/cards"

# Root may look everywhere; what holds for others is seen as one of them.
as_user() {
	exec "$@"
}
if [ "$(id -u)" = 0 ]; then
	chown 65534:65534 "$T/run" "$T/state" "$T/cards"
	as_user() {
		exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
	}
fi

(as_user "$T/bin/cardinald" --foreground) >"$T/log" 2>&1 &
daemon=$!
(as_user "$T/bin/cardinal-pad" --headless) >>"$T/log" 2>&1 &
pad=$!
(as_user sleep 300) &
other=$!
eventually test -S "$T/run/pad0.ctl"
eventually test -S "$T/run/admin.sock"
vault=$(pgrep -P "$daemon" -f -- '--role vault')
ward=$(pgrep -P "$daemon" -f -- '--role ward')

neighbour() {
	(as_user "$@")
}

for pid in "$vault" "$ward" "$pad"; do
	who=$(tr '\0' ' ' <"/proc/$pid/cmdline")
	has "$(cat "/proc/$pid/limits")" '^Max core file size  *0  *0 ' "$who"
	for file in maps mem environ auxv; do
		! neighbour head -c 1 "/proc/$pid/$file" >/dev/null 2>&1 || die "$who: $file can be read"
	done
	status=0
	neighbour timeout 5 strace -o /dev/null -p "$pid" 2>"$T/strace" || status=$?
	has "$(cat "$T/strace")" 'Operation not permitted' "$who: strace"
done
# With a program that does not mind this is no trouble, or nothing was shown.
neighbour head -c 1 "/proc/$other/maps" >/dev/null 2>&1 || die 'sleep cannot be read either'
