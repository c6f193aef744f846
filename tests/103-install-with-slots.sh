#!/bin/sh
# An installation makes the slots that the command names, with their codes, and the others `auto`; one that breaks off
# forgets the codes, and resuming brings them again.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
[ -n "${INSIDE-}" ] || { T=$(mktemp -d); export T; trap 'rm -rf "$T"' EXIT; in_sandbox --hsm; }

for name in anna bert cora; do
	cardinal-pad card new $name >/dev/null
done
(umask 077
printf 'slot 3 code first code\nslot 3 so first so pin\nslot 9 code ninth code\nslot 1 so so of one\n' >"$T/codes"
printf 'slot 3 code first code\n' >"$T/three"
printf 'slot 3 code other code\n' >"$T/other"
printf 'slot 9 code ninth code\n' >"$T/nine")

# Broken off, and resumed with another code.
background cardinal install --quorum 2of3 --slot 3:code --codes "$T/three"
write_all anna
shows 'Insert 2. card / press OK/Cancel'
has "$(cat "$err")" '^slots: 3 is opened by a code, the others by the HSM itself'
# Where the code is now: in vault's secret memory alone. (The sanitizers keep freed memory for a while.)
vault=$(pgrep -P "$SANDBOX_CARDINALD" -f -- '--role vault')
ward=$(pgrep -P "$SANDBOX_CARDINALD" -f -- '--role ward')
printf 'code %s\n' "$(printf 'first code' | od -An -tx1 -v | tr -d ' \n')" >"$T/patterns"
memgrep() {
	build/tests/tools/memgrep "$@" <"$T/patterns" >"$T/hits"
}
if [ -z "$(preload)" ]; then
	fails 1 memgrep "$job" "$ward" "$SANDBOX_CARDINALD" "$SANDBOX_PCSCD" "$SANDBOX_PAD0"
	memgrep "$vault" || die 'this tests nothing'
	same 1 "$(sed 's/.* in //' "$T/hits" | sort -u | wc -l)" "places in vault ($(cat "$T/hits"))"
fi
pad press cancel
finished 3
[ -n "$(preload)" ] || fails 1 memgrep "$vault" "$ward"
same inconsistent "$(word state)" state
background cardinal resume --slot 3:code --codes "$T/other"
write_all anna bert cora
read_some anna bert
finished 0
same operational "$(word state)" state
has "$(cardinal status)" '^Slots *open 0, 1, 2, 4, 5, 6, 7, 8, 9; closed 3$'
fails 1 cardinal slot activate 3 --codes "$T/three"
cardinal slot activate 3 --codes "$T/other"
has "$(cardinal slot show 3)" '^SO PIN *made by the HSM$'
same 32 "$(printf %s "$(cardinal slot code 3 --show --so)" | wc -c)" 'characters of a made SO PIN'

# At once, with all that a file can say.
cardinal factory-reset --yes
background cardinal install --quorum 2of3 --slot 3:code --slot 9:code --slot 5:auto --codes "$T/codes"
shows 'Write New Key / press OK/Cancel'
ok
number=0
for name in anna bert cora; do
	number=$((number + 1))
	shows "Insert $number. card / press OK/Cancel"
	card $name
	ok
	shows Overwrite
	ok
	pin
done
read_some cora bert
finished 0
has "$(cat "$err")" '^slots: 3, 9 are opened by codes'
has "$(cardinal status)" '^Slots *open 0, 1, 2, 4, 5, 6, 7, 8; closed 3, 9$'
has "$(cardinal slot show 3)" '^SO PIN *set by a person$'
has "$(cardinal slot show 1)" '^SO PIN *set by a person$'
has "$(cardinal slot show 5)" '^Code *made by the HSM$'
fails 1 cardinal slot code 9 --show
has "$(cardinal slot list)" '^9 *code *closed'
cardinal slot activate 9 --codes "$T/nine"
has "$(cardinal slot list)" '^9 *code *open'
