#!/bin/sh
# Digits are in the pad's memory while they are entered, and after no way out of that, at once or in
# steps. Only root may look into that process.
cd "$(dirname "$0")/.." && BUILD=build && . tests/lib.sh
[ "$(id -u)" = 0 ] || exit 0
dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
cardinal-pad --headless 2>/dev/null &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
eventually pad beeps
cardinal-pad card new anna

# Of 97531864209753: eight in ASCII, and as values; nobody types them by chance.
cat >"$dir/patterns" <<'X'
ascii 3937353331383634
values 0907050301080604
bcd 97531864
X
looks() {
	status=0
	build/tests/tools/memgrep "$pid" <"$dir/patterns" >"$dir/hits" || status=$?
	[ $status -le 1 ] || die 'memgrep cannot look'
	return $status
}
# begin STEP...: a driver that waits until it is told to go on; half of the PIN is typed.
begin() {
	rm -f "$dir/go"
	build/tests/tools/padtalk "$CARDINAL_RUN/pad0.sock" hello up "$@" >"$dir/said" &
	driver=$!
	eventually is_secure
	printf '%s\n' 'press 9 7 5 3 1 8 6 4 2' >"$dir/keys"
	cardinal-pad run "$dir/keys"
	looks || die "digits that are entered are not found, so nothing is said by their absence"
}
gone() {
	! is_secure
}
is_secure() {
	pad status | grep -q '^secure   yes'
}
clean() {
	! is_secure || die "$1: a PIN is still asked"
	! looks || die "$1: digits are left: $(cat "$dir/hits")"
}
wait_go="until [ -e $dir/go ] || [ ! -d $dir ]; do sleep 0.01; done"

for entry in 'send verify' 'start verify' 'send modify' 'start modify'; do
	for way in ok cancel clear remove unplug kill host; do
		pad insert anna
		case $way in
		host) case $entry in
			send*) last=cancel ;;
			*) last=abort ;;
			esac ;;
		*) last= ;;
		esac
		begin $entry sh "$wait_go" $last sh "$wait_go"
		case $way in
		ok) case $entry in
			*verify) pad press ok ;;
			*) pad press ok 9 7 5 3 1 8 6 4 ok 9 7 5 3 1 8 6 4 ok ;;
			esac ;;
		clear) pad press clear 1 2 cancel ;;
		kill) kill -9 $driver
			eventually gone ;;
		host) touch "$dir/go"
			eventually gone ;;
		cancel) pad press cancel ;;
		*) pad $way ;;
		esac
		clean "$entry, $way"
		touch "$dir/go"
		[ $way != unplug ] || pad plug
		wait $driver || :
		[ $way = remove ] || pad remove
		# The tries of a card are three.
		cardinal-pad card delete anna
		cardinal-pad card new anna
	done
done
