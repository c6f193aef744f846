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
scan=$(timeout 1 pcsc_scan -n || true)
has "$scan" "$(reader)" pcsc_scan
has "$scan" 'Card inserted' pcsc_scan
has "$scan" "$(echo "$atr" | tr ':a-f' ' A-F')" pcsc_scan
