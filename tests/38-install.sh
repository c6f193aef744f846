#!/bin/sh
# make install, a sandbox from what it installed, a pcscd that reads the bundle, make uninstall.
cd "$(dirname "$0")/.." && . tests/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
(umask 077 && make -s install DESTDIR="$dest" >/dev/null)
# Whatever the umask of who installs: a pcscd with a user of its own reads them, too.
same '' "$(find "$dest" -type f ! -perm -444)" 'what not everybody can read'
bundle=$dest/usr/lib/pcsc/drivers/ifd-cardinal.bundle/Contents
test -r "$bundle/Info.plist"
test -r "$bundle/Linux/libifd-cardinal.so"
serial=$dest/usr/lib/pcsc/drivers/serial/libifd-cardinal.so
# pcscd numbers the readers of each path by themselves: one library could not tell them apart.
cmp "$serial" "$bundle/Linux/libifd-cardinal.so"
! test "$serial" -ef "$bundle/Linux/libifd-cardinal.so" || die 'the bundle has a link'
rules=$(cat "$dest/usr/lib/udev/rules.d/92_pcscd_cardinal.rules")
jack='^ATTR{idVendor}=="0c4b", ATTR{idProduct}=="0100"'
has "$rules" "$jack, .*ENV{ID_SMARTCARD_READER}=\"1\"" 'the udev rules'
has "$rules" "$jack, .*MODE=\"0660\"" 'the mode in the udev rules'
has "$rules" "$jack, .*GROUP=\"pcscd\"" 'the group in the udev rules'
conf=$(cat "$dest/etc/reader.conf.d/cardinal")
has "$conf" 'DEVICENAME *cardinal:/run/cardinal/pad0.sock' 'the reader configuration'
has "$conf" 'LIBPATH */usr/lib/pcsc/drivers/serial/libifd-cardinal.so' 'the reader configuration'

# The unit names what is there, and systemd finds no fault with it.
unit=$dest/usr/lib/systemd/system/cardinald.service
has "$(cat "$unit")" '^ExecStart=/usr/bin/cardinald$' 'the unit'
test -x "$dest/usr/bin/cardinald"
test -r "$dest/usr/share/doc/cardinal/docs/cardinal.conf"
if command -v systemd-analyze >/dev/null; then
	sed "s,=/usr/bin,=$dest/usr/bin," "$unit" >"$dest/cardinald.service"
	said=$(systemd-analyze verify --man=no "$dest/cardinald.service" 2>&1 | grep cardinald || true)
	same '' "$said" 'what systemd says of the unit'
	rm "$dest/cardinald.service"
fi

# Beside another driver's bundle ours costs pcscd none of its USB readers.
other=$dest/usr/lib/pcsc/drivers/other.bundle/Contents
mkdir -p "$other"
sed 's,<array>,&\n<string>0x1234</string>,' "$bundle/Info.plist" >"$other/Info.plist"
log=$("$dest/usr/bin/cardinal-sandbox" --drivers "$dest/usr/lib/pcsc/drivers" --pcscd-arg --debug -- \
    sh -c 'opensc-tool --list-readers; cat "$SANDBOX_LOGS/pcscd.log"')
rm -r "$other" && rmdir "$(dirname "$other")"
has "$log" 'Cardinal PIN pad 0' 'the installed driver'
case $log in *'Error parsing'* | *'Disabling USB'* | *'.bundle'*warn*) die "pcscd does not like the bundle: $log" ;; esac

# What an administrator has changed stays; whatever names the driver keeps it, or pcscd would not
# start any more.
echo '# ours' >>"$dest/etc/reader.conf.d/cardinal"
make -s install DESTDIR="$dest" >/dev/null
has "$(cat "$dest/etc/reader.conf.d/cardinal")" '^# ours' 'the configuration'
same '' "$(find "$dest" -name '*.new' -o -name '.?*')" 'what an installation leaves beside it'
cp "$dest/etc/reader.conf.d/cardinal" "$dest/etc/reader.conf.d/cardinal~"
fails 2 make -s uninstall DESTDIR="$dest" 2>"$dest/said"
has "$(cat "$dest/said")" 'etc/reader.conf.d/cardinal~$' 'what uninstall says'
test -r "$serial"
rm "$dest/said" "$dest/etc/reader.conf.d/cardinal~"
make -s uninstall DESTDIR="$dest" >/dev/null
same '' "$(find "$dest" -mindepth 1)" 'what uninstall leaves'
