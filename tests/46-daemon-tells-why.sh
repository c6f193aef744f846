#!/bin/bash
# A daemon that cannot start says why, in one line that names what to mend.
. "$(dirname "$0")/daemon.sh"

# why WORDS DAEMON-ARGUMENTS...
why()
{
	local words=$1 status=0
	shift
	timeout 20 cardinald --foreground "$@" >"$T/log" 2>&1 || status=$?
	[ $status = 1 ] || fail "exit status $status: $*"
	grep -q "error: .*$words" "$T/log" || fail "it does not say $words: $*"
	[ ! -e "$sock" ] && [ ! -e "$T/run/pkcs11.sock" ] || fail "a socket is left: $*"
}

printf '# ours\nlable = x\n' >"$T/conf"
why 'conf, line 2: there is no key "lable"' --config "$T/conf"
why 'nowhere' --config "$T/nowhere"
echo 'admin_group = no-such-group' >"$T/conf"
why 'no group no-such-group.* for administration' --config "$T/conf"
echo 'pkcs11_group = no-such-users' >"$T/conf"
why 'no group no-such-users.* for PKCS#11' --config "$T/conf"
echo 'rsa_raw = maybe' >"$T/conf"
why 'conf, line 1: rsa_raw is neither yes nor no' --config "$T/conf"
echo "issuers = $T/none.pem" >"$T/conf"
why "cannot read the issuer $T/none.pem" --config "$T/conf"
echo "issuers = $T/conf" >"$T/conf"
why 'cannot be a card issuer' --config "$T/conf"
echo 'restart_command = systemctl restart ejbca' >"$T/conf"
why 'restart_command does not begin with the path' --config "$T/conf"
echo 'restart_command = /nowhere/at/all' >"$T/conf"
why 'there is no /nowhere/at/all' --config "$T/conf"
# What the parent runs, which may be root, nobody else may write.
echo 'restart_command = /bin/true' >"$T/conf"
chmod 666 "$T/conf"
why "others than root may write to $T/conf" --config "$T/conf"
chmod 644 "$T/conf"
mkdir -m 777 "$T/open"
cp "$T/conf" "$T/open/conf"
why "others than root may write to $T/open" --config "$T/open/conf"
why 'cannot make the directory' --state "$T/conf/state"
why 'too long' --run "$T/$(printf '%0120d' 0)"
mkdir -m 700 "$T/state" 2>/dev/null
echo rubbish >"$T/state/cardinal.db"
why "the state in $T/state"
rm -rf "$T/state"

for words in '--nonsense' '--ready-fd x' 'now' '--role king'; do
	status=0
	cardinald $words >"$T/log" 2>&1 || status=$?
	[ $status = 2 ] || fail "exit status $status: $words"
	grep -q usage "$T/log" || fail "no usage: $words"
done

# In the background the reason comes to the terminal as well.
cardinald --config "$T/nowhere" 2>"$T/log" && fail "it pretends to serve"
grep -q nowhere "$T/log" || fail "it fails silently in the background"

# limited KIB COMMAND: with so much memory that may be locked; root's right to lock more is taken.
limited()
{
	ulimit -l "$1"
	shift
	[ "$(id -u)" != 0 ] || set -- setpriv --inh-caps=-ipc_lock --bounding-set=-ipc_lock "$@"
	exec "$@"
}

status=0
(limited 512 timeout 20 cardinald --foreground) >"$T/log" 2>&1 || status=$?
[ $status = 1 ] || fail "exit status $status with 512 KiB"
grep -q 'error: .*ulimit -l) to at least 1024 KiB' "$T/log" || fail 'it does not say how much'
# The sandbox tells that, too; not that it could not talk to a daemon that listened before it knew.
status=0
(limited 512 timeout 60 cardinal-sandbox --pads 0 --hsm -- true) >"$T/log" 2>&1 || status=$?
[ $status = 1 ] || fail "exit status $status of the sandbox"
grep -q 'cardinald did not start' "$T/log" || fail 'the sandbox does not say what failed'
grep -q 'ulimit -l) to at least 1024 KiB' "$T/log" || fail 'the sandbox does not say why'
! grep -q 'issuer add' "$T/log" || fail 'the sandbox says what came of it'
(limited 1024 cardinald --foreground) >"$T/log" 2>&1 &
daemon=$!
until_true 20 grep -q "serving at $sock" "$T/log" || fail 'it does not serve with 1024 KiB'
grep -q 'only 1024 KiB can be locked' "$T/log" || fail 'it does not say that there is less'
kill "$daemon"
status=0
wait "$daemon" || status=$?
daemon=
[ $status = 0 ] || fail "exit status $status at its end"
