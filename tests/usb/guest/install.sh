# Sourced after lib.sh by the scripts that do an installation 2 of 3 on a reader:
#
#   prepare NAME        deck, daemon and its configuration, for the reader whose name has NAME
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
