#!/bin/sh
# What a pad is told not to offer, it says, and one that is told nonsense does not start.
cd "$(dirname "$0")/.." && . tests/lib.sh
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards

for list in direct start text direct,start start,text direct,start,text text,text; do
	cardinal-pad --headless --without $list 2>/dev/null &
	pid=$!
	eventually pad beeps
	case $list in text,text) want=text ;; *) want=$list ;; esac
	has "$(pad status)" "^without  $want\$" "the status without $list"
	has "$(pad status --json)" "\"without\":\[\"$(echo $want | sed 's/,/","/g')\"\]}\$" 'the JSON'
	kill $pid
	wait $pid
done
pid=
for list in x text, ,text texts '' 'text start'; do
	fails 2 cardinal-pad --headless "--without=$list" 2>"$dir/said"
	has "$(cat "$dir/said")" '^cardinal-pad: --without: is some of direct,start,text' 'what is wrong'
done
fails 2 cardinal-pad --headless --without 2>/dev/null
# The sandbox hands it on.
sandbox --pads 2 --without text,start -- sh -c '
	for n in 0 1; do cardinal-pad ctl --pad $n status; done' >"$dir/status"
same 2 "$(grep -c '^without  start,text$' "$dir/status")" 'pads without'
fails 1 sandbox --without nonsense -- true 2>"$dir/said"
has "$(cat "$dir/said")" 'is some of direct,start,text' 'what the sandbox says'
