#!/bin/bash
# What udev/ makes of users, groups and directories: pads' users use pads and cards, and can be taken for the daemon by nobody.
. "$(dirname "$0")/daemon.sh"

# Real users and the real paths, in mounts of its own.
if [ -z "${INSIDE-}" ]; then
	[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null && command -v systemd-tmpfiles >/dev/null &&
	    command -v systemd-sysusers >/dev/null || { echo 'skipped: needs root and systemd'; exit 0; }
	INSIDE=1 BIN=$BIN exec unshare -m "$0"
fi

unset CARDINAL_STATE CARDINAL_RUN
mkdir -p "$T/root/etc" "$T/bin"
systemd-sysusers --root="$T/root" "$PWD/udev/cardinal.sysusers" 2>/dev/null
# Twice: of two that are neighbours the first takes the colon between them.
sed -i 's/:99\([0-9]\):/:6499\1:/g;s/:99\([0-9]\):/:6499\1:/g' "$T/root/etc/passwd" "$T/root/etc/group"
sed -i '/^cardinal:/s/$/alice,bob/' "$T/root/etc/group"
for f in passwd group; do
	sed '/^cardinald\?:/d' "/etc/$f" >"$T/$f"
	cat "$T/root/etc/$f" >>"$T/$f"
done
echo 'alice:x:64101:64101::/:/bin/sh
bob:x:64102:64102::/:/bin/sh
eve:x:64103:64103::/:/bin/sh' >>"$T/passwd"
cp "$BIN"/cardinal* "$T/bin"
# The daemon has those capabilities only that its unit gives it.
caps=$(sed -n 's/^CapabilityBoundingSet=//p' udev/cardinald.service | tr A-Z a-z | sed 's/ *cap_/,+/g')
mkdir "$T/sbin"
printf '#!/bin/sh\nexec setpriv --bounding-set=-all%s --no-new-privs %s "$@"\n' "$caps" \
    "$T/bin/cardinald" >"$T/sbin/cardinald"
chmod 755 "$T/sbin/cardinald"
PATH=$T/sbin:$T/bin:$PATH
mount --bind "$T/passwd" /etc/passwd && mount --bind "$T/group" /etc/group &&
    mount -t tmpfs -o mode=755 tmpfs /run && mount -t tmpfs -o mode=755 tmpfs /var/lib || fail "mounts"
systemd-tmpfiles --create "$PWD/udev/cardinal.tmpfiles" || fail "no directories"
sock=/run/cardinal/admin.sock p11=/run/cardinal/pkcs11.sock

become()
{
	local uid
	uid=$(id -u "$1") || exit 1
	shift
	exec setpriv --reuid="$uid" --regid="$uid" --init-groups --inh-caps=-all "$@"
}

as()
{
	(become "$@")
}

pad='' squat=''
trap 'kill $pad $squat 2>/dev/null; cleanup' EXIT

serves()
{
	start || fail "it does not serve"
	grep -q "^Uid:	$(id -u cardinald)	" "/proc/$ward/status" || fail "not user cardinald"
	cardinal status >/dev/null || fail "no status"
}

# A deck of one's own cards and a pad, for members only.
as alice cardinal-pad card new alice >"$T/out" 2>&1 || fail "no card: $(cat "$T/out")"
! as eve cardinal-pad card new eve >/dev/null 2>&1 || fail "a stranger has a card"
! as bob rm -f /var/lib/cardinal/cards/alice.card 2>/dev/null || fail "another's card can be taken away"
(become alice cardinal-pad --headless) >"$T/pad" 2>&1 &
pad=$!
until_true 10 test -S /run/cardinal/pad0.ctl || fail "no pad: $(cat "$T/pad")"
[ "$(stat -c '%U:%G %a' /run/cardinal/pad0.sock)" = 'alice:cardinal 660' ] || fail "whose pad?"
as bob cardinal-pad ctl status >/dev/null || fail "a member may not use the pad"
! as eve cardinal-pad ctl status >/dev/null 2>&1 || fail "a stranger may use the pad"

# The daemon's state is nobody else's, and its socket its group's.
serves
for f in device.key cardinal.db lock; do
	[ "$(stat -c '%U %a' /var/lib/cardinal/$f)" = 'cardinald 600' ] || fail "whose is $f?"
done
for s in $sock $p11; do
	[ "$(stat -c '%U:%G %a' $s)" = 'cardinald:cardinald 660' ] || fail "whose is $s?"
done
! as alice ls /var/lib/cardinal >/dev/null 2>&1 || fail "the state is listed"
! as alice touch /var/lib/cardinal/x 2>/dev/null || fail "the state is written to"
! as alice rm -f "$sock" 2>/dev/null || fail "the daemon's socket can be taken away"
as alice cardinal status >"$T/out" 2>&1 && fail "a pad's user operates the HSM"
grep -q 'you may not use' "$T/out" || fail "what is said: $(cat "$T/out")"
stop
[ "$status" = 0 ] && [ ! -e "$sock" ] && [ ! -e "$p11" ] || fail "it did not end well"

# What one of them laid where the daemon's things belong, after a boot, when he was first.
rm "$sock.lock" "$p11.lock"
mkdir -m 777 "$T/bob"
(become bob "$T/bin/cardinald" --foreground --state "$T/bob/state") 2>"$T/squat" &
squat=$!
until_true 20 grep -q 'serving at' "$T/squat" || fail "nobody squats: $(cat "$T/squat")"
as bob chmod 666 "$sock"
for who in root alice; do
	as $who timeout 10 cardinal status >"$T/out" 2>&1 && fail "$who talks to bob"
	grep -q 'belongs to user bob' "$T/out" || fail "what is said: $(cat "$T/out")"
done
serves
[ "$(grep -c 'took away what user bob' "$T/log")" = 4 ] || fail "not taken away, or not told"
stop
[ "$status" = 0 ] || fail "it did not end well"
kill "$squat"
wait "$squat"
squat=
for s in $sock $p11; do
	as bob mkdir -p "$s/full"
	start && fail "it serves in spite of what is there"
	daemon=
	grep -q "error: user bob has put something at $s" "$T/log" || fail "it does not tell who"
	as bob rm -r "$s"
done
