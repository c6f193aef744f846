#!/bin/sh
# A short `make soak` of the cyberJack: plugs, the driver opened and closed, and no leak.
cd "$(dirname "$0")/.."
export SOAK_USB_PLUGS=5 SOAK_USB_SLOW=10 SOAK_USB_OPENS=100
exec tests/soak-usb.sh
