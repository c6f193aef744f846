#!/bin/sh
# Sandboxes side by side do not see each other; one has two pads.
cd "$(dirname "$0")/.." && . tests/lib.sh

if [ "${INSIDE-}" = "$0" ]; then
	# Both are here at once: each waits for the other's sign.
	new_card "$NAME"
	touch "$MEET/$NAME"
	eventually test -e "$MEET/$OTHER"
	same "$PADS" "$(opensc-tool --list-readers | grep -c 'Cardinal PIN pad')" readers
	same "$NAME" "$(cardinal-pad card list | sed -n 's/ .*//;$p')" 'the deck'
	if [ "$PADS" = 2 ]; then
		new_card second 1
		pcscd_sees Yes 0 && pcscd_sees Yes 1 || die 'not both pads have their card'
	fi
	touch "$MEET/$NAME.done"
	eventually test -e "$MEET/$OTHER.done"
	exit 0
fi

MEET=$(mktemp -d)
trap 'rm -rf "$MEET"' EXIT
export MEET
NAME=anna OTHER=bert PADS=1 INSIDE=$0 sandbox -- "$0" &
one=$!
NAME=bert OTHER=anna PADS=2 INSIDE=$0 sandbox --pads 2 -- "$0"
wait $one
