#!/bin/sh
# make test-usb: a machine of its own under QEMU, with Debian's kernel and its USB stack, udev, pcscd,
# libccid and OpenSC as this system has them, and what `make install` installs. The guest's root is
# this system's, read-only, under a tmpfs. What runs in it is guest/inside.sh. No root is needed, and no
# KVM. build/usb/console.log is the guest's console, build/usb/logs what its programs said.
# USB_SECONDS bounds it, ONLY=pattern picks of its scripts.
set -eu
cd "$(dirname "$0")/../.."
out=build/usb
# As QEMU wants a path in an option.
tree=$(pwd | sed 's/,/,,/g')

die() {
	echo "test-usb: $*" >&2
	exit 1
}

[ "$(uname -m)" = x86_64 ] || die "the guest runs the programs of this system, and only x86_64 is set up"
mkdir -p "$out"

# Debian's kernel, unpacked and not installed: $kernel, complete when it is there.
kernel() {
	package=$(apt-cache depends linux-image-amd64 2>/dev/null |
	    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
	version=${package#linux-image-}
	if [ -z "$version" ] || [ ! -d "$out/kernel/$version" ]; then
		unpack || version=$(ls "$out/kernel" 2>/dev/null | tail -1)
	fi
	[ -n "$version" ] || die "no kernel: $(cat "$out/apt.log"); apt-get update may help"
	kernel=$out/kernel/$version
}

unpack() {
	rm -rf "$out"/*.deb "$out/unpack"
	echo "apt knows no linux-image-amd64" >"$out/apt.log"
	[ -n "$version" ] || return 1
	echo "test-usb: downloading $package" >&2
	(cd "$out" && apt-get download -qq -o APT::Sandbox::User=root "$package" 2>apt.log) || return 1
	m=./lib/modules/$version
	mkdir "$out/unpack"
	dpkg-deb --fsys-tarfile "$out/$package"_*.deb | tar -x -C "$out/unpack" "./boot/vmlinuz-$version" \
	    "$m/modules.builtin" "$m/modules.builtin.modinfo" "$m/modules.order" \
	    "$m/kernel/drivers/virtio" "$m/kernel/drivers/usb/common" "$m/kernel/drivers/usb/core" \
	    "$m/kernel/drivers/usb/usbip" "$m/kernel/drivers/usb/serial/usbserial.ko" \
	    "$m/kernel/drivers/usb/serial/cyberjack.ko" "$m/kernel/fs/9p" "$m/kernel/fs/fscache" \
	    "$m/kernel/fs/netfs" "$m/kernel/fs/overlayfs" "$m/kernel/net/9p"
	mv "$out/unpack/boot/vmlinuz-$version" "$out/unpack/vmlinuz"
	"$(PATH=$PATH:/sbin:/usr/sbin command -v depmod)" -b "$out/unpack" "$version"
	rm -rf "$out/unpack/boot" "$out"/*.deb "$out/kernel"
	mkdir "$out/kernel"
	mv "$out/unpack" "$out/kernel/$version"
}

initramfs() {
	rm -rf "$out/initramfs"
	mkdir -p "$out/initramfs/bin" "$out/initramfs/dev" "$out/initramfs/proc" "$out/initramfs/sys"
	cp "$(command -v busybox)" "$out/initramfs/bin/busybox"
	ln -s busybox "$out/initramfs/bin/sh"
	cp -r "$kernel/lib" "$out/initramfs/"
	install -m 755 tests/usb/guest/init "$out/initramfs/init"
	(cd "$out/initramfs" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out/initramfs.cpio"
}

# boot: the console into its log, the second serial line to standard output.
boot() {
	timeout --foreground "${USB_SECONDS:-900}" qemu-system-x86_64 \
	    -M pc -accel tcg -cpu Nehalem,+rdrand -smp 2 -m 1024 -nodefaults -display none -no-reboot \
	    -kernel "$kernel/vmlinuz" -initrd "$out/initramfs.cpio" \
	    -append "console=ttyS0 panic=-1 loglevel=5 only=${ONLY:-.}" \
	    -serial "file:$out/console.log" -chardev stdio,id=results,signal=off -serial chardev:results \
	    -fsdev local,id=system,path=/,security_model=none,readonly=on,multidevs=remap \
	    -device virtio-9p-pci,fsdev=system,mount_tag=system \
	    -fsdev "local,id=tree,path=$tree,security_model=none,readonly=on,multidevs=remap" \
	    -device virtio-9p-pci,fsdev=tree,mount_tag=tree \
	    -fsdev "local,id=logs,path=$tree/$out/logs,security_model=none,multidevs=remap" \
	    -device virtio-9p-pci,fsdev=logs,mount_tag=logs \
	    </dev/null 2>"$out/qemu.log" || echo "not ok qemu (exit $?)"
}

kernel
initramfs
rm -rf "$out/console.log" "$out/logs"
mkdir "$out/logs"
boot | sed -u 's/\r$//' | tee "$out/results" | grep --line-buffered -v '^done$' || :
passed=$(grep -c '^ok ' "$out/results") || :
failed=$(grep -c '^not ok ' "$out/results") || :
# The last line of a guest that came to its end.
grep -q '^done$' "$out/results" || {
	echo "not ok the guest did not come to its end"
	failed=$((failed + 1))
}
if [ "$failed" -gt 0 ]; then
	cat "$out/qemu.log" >&2
	tail -40 "$out/console.log" >&2 || :
	echo "The whole console: $out/console.log" >&2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
