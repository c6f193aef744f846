#!/bin/sh
# The whole installation 2 of 3 on the cyberJack: prompts on its display, answered by its keys; then a
# share verified.
cd "$(dirname "$0")/../../.." && . tests/usb/guest/lib.sh
. tests/usb/guest/install.sh

start_pad
start_reader cyberjack
start_pcscd
eventually knows cyberJack
prepare cyberJack
has "$(cardinal reader probe cyberJack)" 'cyberJack' 'what probe says'
background cardinal install --quorum 2of3
write_all anna bert cora
read_some cora anna
finished 0
installed_2of3
# The display has shown them all.
! grep -q '^>>' "$err" || die "a prompt at the command line: $(cat "$err")"

background cardinal share verify
hand_over 1 bert
finished 0
has "$(cat "$out")" 'is right'
