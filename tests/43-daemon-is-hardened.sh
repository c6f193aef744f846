#!/bin/bash
# The roles have no new privileges, no core files, a filter of system calls, and are user cardinald if root started them.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"
for pid in $vault $ward; do
	grep -q '^NoNewPrivs:	1' "/proc/$pid/status" || fail "new privileges"
	grep -Eq '^Max core file size +0 +0 ' "/proc/$pid/limits" || fail "core files"
	if [ "$BIN" = build ]; then
		grep -q '^Seccomp:	2' "/proc/$pid/status" || fail "no filter of system calls"
	fi
done
ls -l "/proc/$vault/fd" | grep -q 'cardinal.db' || [ "$(id -u)" != 0 ] || fail "vault has no database"
! ls -l "/proc/$ward/fd" | grep -q 'cardinal.db\|device.key' || fail "ward has the database"
! ls -l "/proc/$ward/fd" | grep -q 'pkcs11.sock' || fail "ward has the socket of PKCS#11"
! ls -l "/proc/$daemon/fd" | grep -q 'cardinal.db\|device.key\|admin.sock' || fail "the parent has data"
stop

# locked PID: as much of its memory as is there is locked.
locked()
{
	awk '$1 == "VmLck:" { lck = $2 } $1 == "VmRSS:" { rss = $2 } END { exit lck < rss }' \
	    "/proc/$1/status"
}

# Where nothing limits locked memory, nothing of vault is swapped, also what comes later.
if (ulimit -l unlimited) 2>/dev/null; then
	limit=$(ulimit -S -l)
	ulimit -S -l unlimited
	start || fail "it does not serve with all of its memory locked"
	locked "$vault" || fail "not all of vault is locked"
	cardinal install --trial >/dev/null 2>&1 || fail "no trial installation with locked memory"
	locked "$vault" || fail "not all is locked of what vault has had since"
	stop
	[ "$status" = 0 ] || fail "exit status $status with locked memory"
	rm -rf "$T/state" "$T/run"
	ulimit -S -l "$limit"
fi

# As root, in a mount namespace where such a user exists.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	cp /etc/passwd /etc/group "$T"
	sed -i '/^cardinald:/d' "$T/passwd" "$T/group"
	echo 'cardinald:x:64123:64123::/nonexistent:/usr/sbin/nologin' >>"$T/passwd"
	echo 'cardinald:x:64123:' >>"$T/group"
	echo 'cardops:x:64124:' >>"$T/group"
	echo 'cardapps:x:64125:' >>"$T/group"
	printf 'admin_group = cardops\npkcs11_group = cardapps\n' >"$T/conf"
	rm -rf "$T/state" "$T/run"
	# Sticky and root's, as a directory for sockets of several users is.
	mkdir "$T/run" && chmod 1777 "$T/run"
	mkfifo "$T/ready2"
	unshare -m sh -c "mount --bind $T/passwd /etc/passwd && mount --bind $T/group /etc/group &&
	    exec cardinald --foreground --config $T/conf --ready-fd 9" >"$T/log" 2>&1 9>"$T/ready2" &
	daemon=$!
	[ "$(timeout 20 head -c 1 "$T/ready2" | wc -c)" = 1 ] || fail "it does not serve"
	vault=$(child vault) ward=$(child ward)
	for pid in $vault $ward; do
		grep -q '^Uid:	64123	64123	64123	64123' "/proc/$pid/status" || fail "not user cardinald"
		grep -q '^CapEff:	0000000000000000' "/proc/$pid/status" || fail "capabilities"
	done
	[ "$(stat -c '%u %a' "$T/state")" = '64123 700' ] || fail "whose state?"
	[ "$(stat -c '%u %a' "$T/state/device.key")" = '64123 600' ] || fail "whose key?"
	[ "$(stat -c '%u %g %a' "$sock")" = '64123 64124 660' ] || fail "whose socket?"
	[ "$(stat -c '%u %g %a' "$T/run/pkcs11.sock")" = '64123 64125 660' ] || fail "whose PKCS#11?"
	cardinal status >/dev/null || fail "no status"
	stop
	[ "$status" = 0 ] || fail "exit status $status"
	[ ! -e "$sock" ] && [ ! -e "$T/run/pkcs11.sock" ] || fail "it could not take its sockets away"
	# That user's, and not of the one whom the machine itself may have.
	rm -rf "$T/state" "$T/run"
fi

# Where the filter does not load it does not start, unless there is none to load and it is told so.
if [ "$BIN" = build ]; then
	no=build/tests/tools/no_seccomp
	for how in 'none:has no filter' 'denied:refuses the filter' 'denied:refuses the filter:--no-seccomp'; do
		IFS=: read -r kernel words option <<<"$how"
		status=0
		timeout 20 $no "$kernel" cardinald --foreground $option >"$T/log" 2>&1 || status=$?
		[ "$status" = 1 ] || fail "exit status $status: $how"
		grep -q "error: .*$words" "$T/log" || fail "it does not say $words"
		[ ! -e "$sock" ] || fail "a socket is left: $how"
	done
	$no none cardinald --no-seccomp 2>"$T/log" || fail "it does not start without a filter"
	[ "$(http http://x/v1/status)" = 200 ] || fail "it does not serve without a filter"
	daemon=$(pgrep -f "cardinald --role ward --state $T/state" | xargs ps -o ppid= -p)
	kill "$daemon"
	until_true 10 gone "$daemon" || fail "the one without a filter does not end"
	daemon=
fi
