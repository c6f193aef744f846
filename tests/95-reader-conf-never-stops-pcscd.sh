#!/bin/sh
# Whatever is wrong with the configuration of our readers or with what it names, pcscd starts, and
# drives the readers that are right. What it does not forgive is a library that is not there.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
if [ "$PCSCLITE_CSOCK_NAME" != /run/pcscd/pcscd.comm ]; then
	echo 'skipped: without a /run of our own pcscd listens where only the sandbox lets it'
	exit 0
fi

lib=$BUILD/libifd-cardinal.so
program=$(readlink "/proc/$SANDBOX_PCSCD/exe")
before=$(preload)
dir=$SANDBOX_LOGS/reader.conf.d
log=$SANDBOX_LOGS/pcscd2.log
mkdir "$dir"
pcscd=$SANDBOX_PCSCD

ends_pcscd() {
	kill -KILL "$pcscd" 2>/dev/null || :
	wait "$pcscd" 2>/dev/null || :
	eventually sh -c "! kill -0 $pcscd"
}
# starts WHAT: pcscd, with what is in the directory.
starts() {
	ends_pcscd
	rm -f /run/pcscd/*
	LD_PRELOAD=$before "$program" -f -c "$dir" >"$log" 2>&1 &
	pcscd=$!
	tries=0
	# It listens when it has opened all of its readers.
	until [ -S /run/pcscd/pcscd.comm ]; do
		kill -0 "$pcscd" || die "$1: pcscd does not run: $(cat "$log")"
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || die "$1: pcscd does not listen: $(cat "$log")"
		sleep 0.01
	done
}
# reader FILE NAME PATH [LIBRARY]
reader() {
	printf 'FRIENDLYNAME "%s"\nDEVICENAME cardinal:%s\nLIBPATH %s\n' "$2" "$3" "${4:-$lib}" >"$dir/$1"
}
# A reader that is right, beside which all else happens.
fresh() {
	rm -f "$dir"/* "$dir"/.??*
	reader right 'Right' "$CARDINAL_RUN/pad0.sock"
}
# ok WHAT: pcscd starts, and has the reader that is right.
ok() {
	starts "$1"
	has "$(timeout 10 opensc-tool --list-readers 2>&1)" 'Right [0-9A-F][0-9A-F] 00' "$1"
}

fresh
ok 'one reader'
reader other 'Other' /run/cardinal/nobody.sock
ok 'a socket that nobody listens on'
reader other 'Other' /nowhere/at/all/pad0.sock
ok 'a directory that is not there'
: >"$CARDINAL_RUN/file"
reader other 'Other' "$CARDINAL_RUN/file"
ok 'a file that is no socket'
reader other 'Other' "$CARDINAL_RUN"
ok 'a directory'
reader other 'Other' ''
ok 'no path'
reader other 'Other' "/run/$(printf '%0100d' 0)/pad0.sock"
ok 'a path that is too long for a socket'
printf 'FRIENDLYNAME "Other"\nDEVICENAME another:/run/x\nLIBPATH %s\n' "$lib" >"$dir/other"
ok 'a name that is not ours'
printf 'FRIENDLYNAME "Other"\nDEVICENAME usb:0c4b/0100:libudev:0:/dev/bus/usb/001/099\nLIBPATH %s\n' "$lib" >"$dir/other"
ok 'a USB device that is not there'
printf 'FRIENDLYNAME "Other"\nCHANNELID 7\nLIBPATH %s\n' "$lib" >"$dir/other"
ok 'a number alone'
fresh
cp "$dir/right" "$dir/right~"
cp "$dir/right" "$dir/right.dpkg-old"
cp "$dir/right" "$dir/.right.swp"
ok 'what an editor leaves'
fresh
for n in 0 1 2 3 4 5 6 7 8 9 a b c d e f g; do
	reader "other$n" "Other $n" "$CARDINAL_RUN/none$n.sock"
done
starts 'more readers than pcscd has'
same 16 "$(timeout 10 opensc-tool --list-readers | grep -c ' 00$')" 'the readers'
fresh
: >"$dir/empty"
printf '# nothing\n' >"$dir/comment"
ok 'files without a reader'
rm -f "$dir"/*
starts 'no reader'

# What cannot be helped from here, so that it is known when it changes: docs and README tell it.
fresh
reader other 'Other' "$CARDINAL_RUN/pad0.sock" /nowhere/libifd-cardinal.so
ends_pcscd
rm -f /run/pcscd/*
status=0
LD_PRELOAD=$before timeout 20 "$program" -f -c "$dir" >"$log" 2>&1 || status=$?
[ "$status" != 0 ] && [ "$status" != 124 ] || die 'pcscd starts without a library: tell the README'
