#!/bin/sh
# A program that loads the module, lets it go and loads it again does not grow, and threads that
# used it may end when it has been let go.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
# Not that with the sanitizers, which keep for a while what is free.
grown=$(P11_MODULE=$module build/tests/tools/p11_reload 200) || die "exit $?"
[ "$grown" -lt 1000 ] || die "grown by $grown KiB"
