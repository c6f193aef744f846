#!/bin/sh
# pcscd does not start when its configuration names a library that is not there: at no moment of
# make install and make uninstall is there the one without the other. A library that pcscd has
# open is replaced, never written into.
cd "$(dirname "$0")/.." && . tests/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
dest=$T/dest
drivers=$dest/usr/lib/pcsc/drivers
bundled=$drivers/ifd-cardinal.bundle/Contents/Linux/libifd-cardinal.so
mkdir "$T/bin"
# What install, mv and rm leave is looked at after each file.
cat >"$T/bin/install" <<EOF
#!/bin/sh
PATH=$PATH
name=\${0##*/}
looks() {
	echo "\$name" >>"$T/calls"
	[ ! -e "$dest/etc/reader.conf.d/cardinal" ] ||
	    [ -e "$drivers/serial/libifd-cardinal.so" ] || echo "\$name \$*" >>"$T/said"
}
if [ "\$name" = rm ]; then
	for f; do case \$f in -*) ;; *) rm -f "\$f" && looks "\$f" ;; esac; done
else
	"\$name" "\$@" && looks "\$@"
fi
EOF
chmod 755 "$T/bin/install"
ln -s install "$T/bin/mv"
ln -s install "$T/bin/rm"
: >"$T/said"
watched() {
	PATH=$T/bin:$PATH make -s "$1" DESTDIR="$dest" >/dev/null
}

watched install
test -r "$dest/etc/reader.conf.d/cardinal"
exec 8<"$drivers/serial/libifd-cardinal.so" 9<"$bundled"
watched install
! test /proc/self/fd/8 -ef "$drivers/serial/libifd-cardinal.so" || die 'written into: the driver'
! test /proc/self/fd/9 -ef "$bundled" || die "written into: the bundle's driver"
exec 8<&- 9<&-
watched uninstall
same '' "$(cat "$T/said")" 'a configuration without its library'
same 'install mv rm' "$(sort -u "$T/calls" | tr '\n' ' ' | sed 's/ $//')" 'what was looked at'

# An installation that breaks off leaves none that names what is not there.
mkdir -p "$dest/usr/lib/pcsc"
: >"$drivers"
fails 2 make -s install DESTDIR="$dest" >/dev/null 2>&1
! test -e "$dest/etc/reader.conf.d/cardinal" || die 'a configuration without a library'
