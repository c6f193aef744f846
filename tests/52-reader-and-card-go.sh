#!/bin/sh
# The reader's plug or the card pulled at the pad, through pcscd: each is told for what it is. A card pulled at the PIN
# entry is asked for again; a card that was never there is, too.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh

if [ -z "${INSIDE-}" ]; then
	INSIDE=yes sandbox --hsm -- "$0"
	exit 0
fi

# at TEXT: the reader is unplugged while that stands; the ceremony ends, and says so.
unplugged_at() {
	shows "$1"
	pad unplug
	finished 1
	same inconsistent "$(word state)" state
	has "$(cardinal status)" 'the reader was unplugged' "the message at $1"
	pad plug
	cardinal factory-reset --yes 2>/dev/null
}

for name in a b c; do
	cardinal-pad card new $name >/dev/null
done

# Without a pad nothing begins, and nothing changes.
pad unplug
fails 1 cardinal install --quorum 2of3 2>/dev/null
same factory "$(word state)" state
pad plug

background cardinal install --quorum 2of3
unplugged_at 'Write New Key / press OK/Cancel'

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
unplugged_at 'Insert 1. card / press OK/Cancel'

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
shows 'Insert 1. card / press OK/Cancel'
card a
ok
unplugged_at 'Enter PIN'

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
shows 'Insert 1. card / press OK/Cancel'
pad remove 2>/dev/null || :
ok
shows 'No card'
shows 'Insert 1. card / press OK/Cancel'
card a
ok
shows 'Enter PIN'
pad press 1 2 3
pad remove
shows 'No card'
hand_over 1 a
hand_over 2 b
# The card that was just written, left in.
shows 'Insert 3. card / press OK/Cancel'
ok
shows 'Same card again'
hand_over 3 c
# The last card may go when the next prompt shows.
shows 'Read New Key / press OK/Cancel'
pad remove
eventually sh -c 'opensc-tool --list-readers 2>/dev/null | grep -q "^0 *No "'
ok
hand_over 1 c
hand_over 2 a
finished 0
same operational "$(word state)" state
