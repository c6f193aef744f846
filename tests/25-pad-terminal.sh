#!/bin/sh
# Whatever ends the screen, the terminal is as it was.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/screen.sh
modes() {
	t display-message -p -t 0 '#{alternate_on} #{mouse_any_flag} #{cursor_flag}'
}
clean() {
	[ "$(modes)" = '0 0 1' ]
}

cat >"$dir/loop" <<'X'
while read -r _; do
	stty -g >"$1/before"
	cardinal-pad
	echo "ended $?"
	stty -g >"$1/after"
done
X
t -f /dev/null new-session -d -x 80 -y 24 "exec env TERM=screen-256color sh $dir/loop $dir"
guard() {
	pgrep -P "$(t list-panes -F '#{pane_pid}')" -x cardinal-pad
}
# end WHAT SIGNAL STATUS: to the pad itself or to its guard.
end() {
	rm -f "$dir/after"
	t send-keys -R
	t clear-history
	t send-keys x Enter
	eventually shows ' CODE '
	eventually guard
	pid=$(guard)
	if [ "$1" = pad ]; then
		eventually pgrep -P "$pid"
		pid=$(pgrep -P "$pid")
	fi
	kill -"$2" "$pid"
	eventually shows "ended $3"
	eventually test -s "$dir/after"
	cmp "$dir/before" "$dir/after" || die "$1 $2 leaves other terminal settings"
	eventually clean
}
end pad TERM 0
end pad INT 0
end pad HUP 0
end pad QUIT 0
end pad KILL 137
end guard TERM 0
end guard INT 0
end guard HUP 0
