#!/bin/sh
# Between ward and card: what is written and read looks other each time in pcscd's log of APDUs; after the channel is
# open nothing but the pad's VERIFY goes without it.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
in_sandbox --hsm --pcscd-arg --apdu

log=$SANDBOX_LOGS/pcscd.log
for name in anna bert cora; do
	cardinal-pad card new $name >/dev/null
done
background cardinal install --quorum 2of3
write_all anna bert cora
read_some anna bert
finished 0
for time in 1 2 3; do
	background cardinal share verify
	hand_over 1 anna
	finished 0
done

# Three were written and each read back, two read for the key, one three times more. A line begins with its time.
sed -n 's/.*APDU: //p' "$log" >"$CARDINAL_RUN/commands"
sed -n 's/.*SW: //p' "$log" >"$CARDINAL_RUN/answers"
for way in 'commands 0C' 'answers 87'; do
	file=$CARDINAL_RUN/${way% *}
	count=$(grep -c "^${way#* }" "$file")
	[ "$count" -ge 16 ] || die "only $count protected $way"
	same '' "$(grep "^${way#* }" "$file" | sort | uniq -d)" "twice the same of the $way"
done
# From GENERAL AUTHENTICATE on (86), until a new card is met by SELECT of the MF (00 A4 00): protected, all of it.
awk '/^00 86/ { open = 1; next } /^00 A4 00/ { open = 0 } open && !/^0C/ { print; bad = 1 } END { exit bad }' \
    "$CARDINAL_RUN/commands" || die 'something went beside the channel'
has "$(grep -c '^00 86' "$CARDINAL_RUN/commands")" '^[89]$' 'number of channels'
