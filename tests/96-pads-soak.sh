#!/bin/sh
# A short `make soak`: cards and plugs at sixteen pads, the driver opened and closed, and no leak.
set -eu
cd "$(dirname "$0")/.."
export SOAK_SWAPS=2000 SOAK_PLUGS=150 SOAK_OPENS=1000
tests/soak.sh
BUILD=build tests/soak.sh
