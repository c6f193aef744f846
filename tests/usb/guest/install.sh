# Sourced after lib.sh by the scripts that do an installation 2 of 3 on a reader:
#
#   prepare NAME        deck, daemon and its configuration, for the reader whose name has NAME
#   proven              what has to be true afterwards
. tests/ceremony.sh

prepare() {
	mkdir -p /etc/cardinal
	echo "reader = $(called "$1")" >/etc/cardinal/cardinal.conf
	for card in anna bert cora; do
		cardinal-pad card new $card >/dev/null
	done
	start cardinald cardinald --foreground
	eventually cardinal status
	cardinal issuer add "$(cardinal-pad card issuer)"
	same factory "$(word state)" state
	before=$(cardinal events | wc -l)
}

proven() {
	same operational "$(word state)" state
	has "$(cat "$out")" "^Set: *$(word id) (2 of 3, LIVE)"
	has "$(cat "$out")" "^Check value: *$(word kcv)"
	for x in 1 2 3; do
		has "$(cat "$out")" "^  card $x, [0-9]\{20\}" 'the advice'
	done
	cat >"$LOGS/want" <<'W'
Write New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Enter PIN
Insert 3. card / press OK/Cancel
Enter PIN
Read New Key / press OK/Cancel
Insert 1. card / press OK/Cancel
Enter PIN
Insert 2. card / press OK/Cancel
Enter PIN
W
	asked "$before" | diff "$LOGS/want" - || die 'the prompts are others'
	has "$(cardinal events --verify)" 'is whole'
}
