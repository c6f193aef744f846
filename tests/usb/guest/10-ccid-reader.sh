#!/bin/sh
# A PIN pad of the class CCID under libccid, so that what the HSM is shown with later is known to be one.
cd "$(dirname "$0")/../../.." && . tests/usb/guest/lib.sh
. tests/usb/guest/reader.sh
name='cyberJack go'

cardinal-pad card new anna
start_pad
start_pcscd
start_reader ccid
eventually knows "$name"
has "$(called "$name")" '^REINER SCT cyberJack go'
card_in_and_out
# PIN verification and modification, no text of the host's.
same '06 07 0A 12' "$($pcsc reader "$(called "$name")" direct features | tail -1)" features
verify_pin
change_pin
long_data
plug
