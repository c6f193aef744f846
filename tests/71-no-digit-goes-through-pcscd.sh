#!/bin/sh
# No digit of a PIN is an argument, in an environment, or in what pcscd and its driver send and receive while it is
# entered.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	export T
	in_sandbox --hsm --cards "$T/cards"
fi

cardinal-pad card new anna >/dev/null

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
ok
shows 'Insert 1. card / press OK/Cancel'
card anna
strace -f -qq -xx -s 9999 -e trace=read,write,readv,writev,send,sendto,sendmsg,recv,recvfrom,recvmsg,pread64,pwrite64 \
    -o "$T/trace" -p "$SANDBOX_PCSCD" 2>"$T/strace" &
tracer=$!
traced() {
	for task in "/proc/$SANDBOX_PCSCD/task"/*; do
		! grep -q '^TracerPid:	0' "$task/status" || return 1
	done
}
eventually traced
ok
shows 'Enter PIN'
printf '%s\n' 9753186420975318 | {
	read -r digits
	# In two parts, so that one look is at a PIN that is half entered.
	printf 'press %s\n' "$(printf %s "${digits%????????}" | sed 's/./& /g')" >"$T/keys"
	cardinal-pad run "$T/keys"
	printf '%s\n' "${digits#????????}" | pad pin
}
: >"$T/keys"
shows 'Wrong PIN 2 left'
cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null >"$T/processes" || :
kill -INT $tracer
wait $tracer || :
# The template went over, so the trace has that link; the digits did not, in ASCII, one a byte, or two a byte. Fewer
# than three bytes could come by chance: what goes over is full of random numbers.
has "$(cat "$T/trace")" '\\x00\\x20\\x00\\x81' 'the trace'
for part in '\\x39\\x37\\x35\\x33' '\\x31\\x38\\x36\\x34' '\\x09\\x07\\x05\\x03' '\\x01\\x08\\x06\\x04' \
    '\\x97\\x53\\x18' '\\x53\\x18\\x64'; do
	! grep -q "$part" "$T/trace" || die "digits of the PIN went through pcscd: $part"
done
! grep -a -q '9753\|1864' "$T/processes" || die 'digits are an argument'
has "$(tr '\0' ' ' <"$T/processes")" 'cardinal install' 'the arguments of all'

shows 'Enter PIN'
pad press cancel
finished 3
