#!/bin/sh
# A pad without a screen is driven by its control socket; exit statuses say how it went.
cd "$(dirname "$0")/.." && . tests/lib.sh
dir=$(mktemp -d)
export CARDINAL_RUN=$dir/run CARDINAL_CARDS=$dir/cards
cardinal-pad --headless --log "$dir/log" &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
eventually pad beeps

same "REINER SCT
cyberJack e-com" "$(pad display)" 'the display'
has "$(cardinal-pad card list 2>&1)" '^cardinal-pad: no cards in .*card new NAME' 'the empty list'
same '[]' "$(cardinal-pad card list --json 2>/dev/null)" 'the empty list in JSON'
cardinal-pad card new anna
cardinal-pad card new bert --profile tcos
has "$(cardinal-pad card list)" '^anna  *[0-9]\{20\}  share empty  slot empty$' 'the list'
has "$(cardinal-pad card list --json)" '^\[{"name":"anna",.*},{"name":"bert",.*}\]$' 'the list in JSON'
has "$(cardinal-pad card show anna)" '^share   empty, factory PIN, tries left: 3$' 'the card'
has "$(cardinal-pad card show anna)" '^    4102  *binary  *128  share, empty; read, update: PIN 81 and channel$' 'the tree'
has "$(cardinal-pad card show anna --json)" '"path":"3F00/5A01/4102","kind":"binary",' 'the tree in JSON'
cardinal-pad card list --json | grep -q path && die 'the list has files'
same "$dir/cards/issuer.pem" "$(cardinal-pad card issuer)" 'the issuer'
openssl verify -CAfile "$dir/cards/issuer.pem" "$dir/cards/issuer.pem" >/dev/null || die 'no certificate'

pad insert anna
fails 1 pad insert bert
fails 1 cardinal-pad card delete anna
has "$(pad status --json)" '"card":"anna","plugged":true,"powered":false,"beeps":0}$' 'the status'
pad remove
fails 1 pad remove
cardinal-pad card delete anna
fails 1 pad insert anna
fails 1 cardinal-pad card show anna
fails 2 cardinal-pad card new .anna
fails 2 cardinal-pad card new anna --profile other
# A card of an older version is told, and left as it is; so is one that is damaged.
cardinal-pad card new carla
cp "$dir/cards/carla.card" "$dir/cards/dora.card"
printf '\000\001' | dd of="$dir/cards/carla.card" bs=1 seek=8 conv=notrunc status=none
printf x | dd of="$dir/cards/dora.card" bs=1 seek=30 conv=notrunc status=none
before=$(cksum "$dir"/cards/*)
has "$(cardinal-pad card list)" '^carla  *unreadable  *unknown version$' 'the older card in the list'
fails 1 cardinal-pad card show carla 2>"$dir/said"
has "$(cat "$dir/said")" '^cardinal-pad: carla: made by another version of Cardinal' 'the older card'
fails 1 cardinal-pad card show dora 2>"$dir/said"
has "$(cat "$dir/said")" '^cardinal-pad: dora: damaged' 'the damaged card'
pad insert carla
pad remove
same "$before" "$(cksum "$dir"/cards/*)" 'the cards'
# What is said wrong is said so, with a pad or without.
for n in 0 1; do
	fails 2 pad --pad $n
	fails 2 pad --pad $n dance
	fails 2 pad --pad $n press enter
	fails 2 pad --pad $n display now
	fails 2 pad --pad $n status now
	fails 2 pad --pad $n insert ../anna
	fails 2 pad --pad $n wait
	fails 2 pad --pad $n wait a --timeout x
	fails 2 pad --pad $n wait "$(printf 'a\tb\001')"
	fails 2 pad --pad $n display --json
done
fails 2 cardinal-pad dance
fails 2 cardinal-pad --dance
fails 2 cardinal-pad --pad x --headless
printf '123456\n' | fails 1 pad pin
fails 2 pad pin 123456 </dev/null
fails 1 pad pin </dev/null
# A pin reads its line and no further.
printf '123456\nnext\n' | { fails 1 pad pin; read -r rest; same next "$rest" 'what is left of stdin'; }
fails 4 pad wait 'Insert 1. card' --timeout 0
pad wait 'REINER SCT / cyberJack e-com'
fails 1 pad --pad 1 display

same 'pad0: card inserted
pad0: card removed
pad0: mute card inserted: unknown version
pad0: card removed' "$(cat "$dir/log")" 'the log'
has "$(cardinal-pad --version)" '^cardinal-pad [0-9]' 'the version'
has "$(cardinal-pad --help)" 'card new NAME' 'the help'
fails 1 cardinal-pad </dev/null >/dev/null
kill "$pid"
wait "$pid"
same '' "$(ls "$CARDINAL_RUN")" 'the run directory'
