#!/bin/sh
# The driver inside pcscd with the sanitizers' runtime: 1000 connects, a pad that goes and comes
# back, SIGINT, and no leak. (In the sandbox pcscd drives no USB reader, so libudev's do not show.)
cd "$(dirname "$0")/.." && . tests/lib.sh
lib=$(preload)
if [ -z "$lib" ]; then
	echo 'skipped: a driver without the sanitizers'
	exit 0
fi

if [ "${INSIDE-}" = "$0" ]; then
	pcsc=build/tests/tools/part10
	new_card anna
	same ok "$($pcsc present connects 1000 | tail -1)" '1000 connects'
	pad unplug
	eventually pcscd_sees No
	pad plug
	eventually pcscd_sees Yes
	same ok "$($pcsc present connects 10 | tail -1)" 'connects after plugging in'
	exit 0
fi

needs_namespaces 'pcscd looks for USB readers, and leaks of libudev are found'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# pcscd lets go of its drivers before it ends; a leak's stack needs them, so they are kept.
INSIDE=$0
export INSIDE
status=0
cardinal-sandbox --gentle --pcscd-log "$log" \
    --preload "$lib $PWD/build/tests/tools/keep_loaded.so" -- "$0" || status=$?
if grep -E 'Sanitizer|runtime error' "$log"; then
	cat "$log"
	die 'findings'
fi
same 0 "$status" 'status of the sandbox'

# And the other way round: a leak that is there is seen.
status=0
INSIDE=none cardinal-sandbox --gentle --pcscd-log "$log" \
    --preload "$lib $PWD/build/tests/tools/keep_loaded.so $PWD/build/tests/tools/leaks.so" \
    -- true 2>/dev/null || status=$?
same 1 "$status" 'status with a leak'
grep -q 'LeakSanitizer' "$log" || die 'a leak was not seen'
