#!/bin/sh
# The readers that our bundle names: three arrays of equal length, or pcscd drives no USB reader
# at all, and none that libccid serves.
cd "$(dirname "$0")/.." && . tests/lib.sh

# values FILE KEY: the strings of an array.
values() {
	sed -n "/<key>$2<\/key>/,/<\/array>/s/.*<string>\(.*\)<\/string>.*/\1/p" "$1"
}
# ids FILE: a line VENDOR:PRODUCT for each reader.
ids() {
	vendors=$(mktemp)
	values "$1" ifdVendorID >"$vendors"
	values "$1" ifdProductID | paste -d : "$vendors" - | tr a-f A-F
	rm "$vendors"
}

n=$(values Info.plist ifdVendorID | wc -l)
[ "$n" -gt 0 ] || die 'no reader'
same "$n" "$(values Info.plist ifdProductID | wc -l)" 'the number of products'
same "$n" "$(values Info.plist ifdFriendlyName | wc -l)" 'the number of names'
# pcscd's parser takes one string a line.
same "$((3 * n))" "$(sed -n '/ifdVendorID/,$s/<string>/&/p' Info.plist | wc -l)" 'the lines of strings'
same 0x0C4B:0x0100 "$(ids Info.plist)" 'the readers'

ccid=/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist
if [ ! -r "$ccid" ]; then
	echo 'skipped: no libccid to compare with'
	exit 0
fi
[ "$(ids "$ccid" | grep -c '^0X')" -gt 100 ] || [ "$(ids "$ccid" | grep -c '^0x')" -gt 100 ] ||
    die "its readers were not found: $ccid"
ids Info.plist | while read -r id; do
	! ids "$ccid" | grep -i -x "$id" || die "libccid serves $id"
done
