# Sourced after lib.sh by the scripts that do an installation 2 of 3 on a reader:
#
#   prepare NAME        deck, daemon and its configuration, for the reader whose name has NAME
#   card NAME           as in ceremony.sh, and pcscd has heard of it: here an OK would be quicker
. tests/ceremony.sh

prepare() {
	mkdir -p /etc/cardinal
	reader=$(called "$1")
	echo "reader = $reader" >/etc/cardinal/cardinal.conf
	for card in anna bert cora; do
		cardinal-pad card new $card >/dev/null
	done
	start cardinald cardinald --foreground
	eventually cardinal status
	cardinal issuer add "$(cardinal-pad card issuer)"
	same factory "$(word state)" state
	before=$(cardinal events | wc -l)
}

# heard present|absent: that pcscd knows of the slot. Without a connection, which others would feel.
heard() {
	[ "$(build/tests/tools/part10 reader "$reader" "$1")" = ok ]
}

card() {
	case $(pad status) in
	*"card     $1"*) ;;
	*)
		pad remove 2>/dev/null || :
		eventually heard absent
		pad insert "$1"
		;;
	esac
	eventually heard present
}
