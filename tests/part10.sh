# Sourced after lib.sh, inside the sandbox, by the scripts that use the client of Part 10.
#
#   client STEP...        in the background, with the card's application selected
#   ends WANT [WHAT]      it ends, and this is its last answer
#   verify_by FORMAT DIGITS END TEMPLATE   a structure; the lengths are put in. FORMAT is its three
#                         bytes, DIGITS the most and the fewest, END the validation condition
#   modify_by FORMAT OFFSETS DIGITS CONFIRM END TEMPLATE
#   keys DIGITS           pressed at the pad, one by one; o is OK

part10=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
said=$SANDBOX_LOGS/said

client() {
	$part10 present shared apdu $select "$@" >"$said" &
	client=$!
}

ends() {
	wait "$client"
	same "$1" "$(tail -1 "$said")" "${2:-the answer}"
}

# little-endian, four bytes
template() {
	printf '%02X000000%s' $((${#1} / 2)) "$1"
}
verify_by() {
	printf '1E0A%s%s%s01090400000000%s' "$1" "$2" "$3" "$(template "$4")"
}
modify_by() {
	printf '1E0A%s%s%s%s%s030904000102000000%s' "$1" "$2" "$3" "$4" "$5" "$(template "$6")"
}

keys() {
	pad press $(printf '%s' "$1" | sed 's/./& /g; s/o/ok/g; s/c/clear/g; s/x/cancel/g')
}
