#!/bin/sh
# What a person does is recorded, and the record does it again.
cd "$(dirname "$0")/.." && . tests/lib.sh
dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
start() {
	cardinal-pad --headless "$@" 2>"$dir/log" &
	pid=$!
	eventually pad beeps
}
stop() {
	kill "$pid"
	wait "$pid"
}
trap 'kill $pid 2>/dev/null || true; rm -rf "$dir"' EXIT

cardinal-pad card new anna
start --record "$dir/record"
pad insert anna
pad press 1 ok
pad unplug
pad plug
pad remove
stop
same 'insert anna
press 1
press ok
unplug
plug
remove' "$(cat "$dir/record")" 'the record'

log=$(cat "$dir/log")
start
cardinal-pad run "$dir/record"
same "$log" "$(cat "$dir/log")" 'what was done again'

cat >"$dir/script" <<'X'
# a rehearsal
wait 'REINER SCT'   # after plugging in

insert anna
wait 'Insert 1. card' --timeout 0
remove
X
status=0
says=$(cardinal-pad run "$dir/script" 2>&1) || status=$?
same 4 "$status" 'the exit status'
same "$dir/script:5: this text did not come: Insert 1. card" "$says" 'the message'
has "$(pad status)" 'card     anna' 'the slot'
fails 1 cardinal-pad run "$dir/nothing"
