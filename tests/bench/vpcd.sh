# Sourced by the scripts that measure beside vsmartcard's virtual reader vpcd, of Debian's package
# vsmartcard-vpcd. It listens at all interfaces without any authentication, so it gets a network of
# its own, where there is nobody.
#
#   in_own_network     runs the script again in one; where that is forbidden, `own_network` is no
#   vpcd_reader PORT NAME >>CONFIGURATION     a reader of that name, for pcscd
#
# The package's /etc/reader.conf.d/vpcd is not used: its CHANNELID stands last, which pcscd 1.9.9
# takes for the next reader's. Each reader has a copy of the driver, since vpcd takes no second one,
# and since the sandbox's pcscd sees nothing of /usr/lib/pcsc/drivers.

vpcd=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
own_network=${own_network-}

in_own_network() {
	if [ -n "$own_network" ]; then
		ip link set lo up
	elif unshare -rn ip link set lo up 2>/dev/null && [ -r $vpcd ]; then
		own_network=yes exec unshare -rn "$0"
	else
		echo "no vpcd beside it: there is no network of its own for it, or no $vpcd"
		own_network=no
	fi
}

vpcd_reader() {
	cp "$vpcd" "$T/libifdvpcd-$1.so"
	printf 'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:%d\nLIBPATH %s\n\n' "$2" "$1" \
	    "$T/libifdvpcd-$1.so"
}
