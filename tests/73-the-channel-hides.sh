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

# A line begins with its time. In the channel is what comes after GENERAL AUTHENTICATE (86) was answered, until a new card
# is met by SELECT of the MF (00 A4 00).
sed -n 's/.*APDU: //p' "$log" >"$CARDINAL_RUN/commands"
sed -n 's/.*APDU: /C /p; s/.*SW: /A /p' "$log" | awk '
	/^C 00 A4 00/ { open = 0 }
	open && /^C 0C/ { print >"'"$CARDINAL_RUN"'/protected" }
	open && /^A 87/ { print >"'"$CARDINAL_RUN"'/hidden" }
	/^C 00 86/ { open = 1 }'
# Three were written and each read back, two read for the key, one three times more.
for file in protected hidden; do
	count=$(wc -l <"$CARDINAL_RUN/$file")
	[ "$count" -ge 16 ] || die "only $count are $file"
	same '' "$(sort "$CARDINAL_RUN/$file" | uniq -d)" "twice the same of what is $file"
done
# From GENERAL AUTHENTICATE on (86), until a new card is met by SELECT of the MF (00 A4 00): protected, all of it.
awk '/^00 86/ { open = 1; next } /^00 A4 00/ { open = 0 } open && !/^0C/ { print; bad = 1 } END { exit bad }' \
    "$CARDINAL_RUN/commands" || die 'something went beside the channel'
has "$(grep -c '^00 86' "$CARDINAL_RUN/commands")" '^[89]$' 'number of channels'
