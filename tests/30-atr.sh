#!/bin/sh
# Stock tools see the reader, its PIN pad and the card.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox

readers=$(opensc-tool --list-readers)
has "$readers" 'No .*Cardinal PIN pad 0' 'the list without a card'
new_card anna
readers=$(opensc-tool --list-readers)
has "$readers" 'Yes  *PIN pad  *Cardinal PIN pad 0' 'the list with a card'
atr=$(opensc-tool --atr 2>/dev/null)
has "$atr" '^3b:b.*:64:04:28:' 'the ATR'

# It tells what it sees and goes on, so it is ended when it has told of the card.
pcsc_scan -n >"$CARDINAL_RUN/scan" &
scan=$!
trap 'kill $scan 2>/dev/null || :' EXIT
eventually grep -q "$(echo "$atr" | tr ':a-f' ' A-F')" "$CARDINAL_RUN/scan"
has "$(cat "$CARDINAL_RUN/scan")" "$(reader)" pcsc_scan
has "$(cat "$CARDINAL_RUN/scan")" 'Card inserted' pcsc_scan
