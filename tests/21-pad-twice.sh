#!/bin/sh
# A pad number is taken once; what a killed pad left behind is taken over.
cd "$(dirname "$0")/.." && . tests/lib.sh
dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
cardinal-pad --headless 2>/dev/null &
first=$!
trap 'kill $first ${second-} 2>/dev/null || true; rm -rf "$dir"' EXIT
eventually pad beeps

status=0
says=$(cardinal-pad --headless 2>&1) || status=$?
same 1 "$status" 'the exit status of a second pad 0'
has "$says" 'pad 0 runs already' 'its message'
cardinal-pad --headless --pad 1 2>/dev/null &
second=$!
eventually pad --pad 1 beeps

# A card is in one pad only.
cardinal-pad card new anna
pad insert anna
fails 1 pad --pad 1 insert anna
pad remove
pad --pad 1 insert anna

kill -KILL "$first"
wait "$first" || true
[ -S "$CARDINAL_RUN/pad0.sock" ] || die 'the killed pad tidied up'
fails 1 pad display
cardinal-pad --headless 2>/dev/null &
first=$!
eventually pad beeps
has "$(pad --pad 1 status)" 'card     anna' 'the other pad'
