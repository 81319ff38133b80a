# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For tests in shell: TAP, and running axvm-run. A test sources this, calls
# point for each thing it checks, and ends with finish.

# shellcheck source=/dev/null
. /axvm/vm.conf
# shellcheck source=selftests/vm/jobs/x86_64.sh
. "${0%/*}/$(uname -m).sh"

points=0
failed=0
echo "TAP version 13"

# point NAME COMMAND...: the command decides; what it prints explains.
point() {
	name=$1
	shift
	points=$((points + 1))
	if "$@"; then
		echo "ok $points $name"
	else
		echo "not ok $points $name"
		failed=1
	fi
}

finish() {
	echo "1..$points"
	exit $failed
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

# quote FILE: some of it, as an explanation.
quote() {
	tail -n 8 "$1" | tr -d '\r' | awk '{ print "#   " $0 }'
}

# equal GOT WANTED
equal() {
	[ "$1" = "$2" ] && return
	echo "# expected \"$2\", got \"$1\""
	return 1
}

# run ARGUMENT...: axvm-run without input; leaves out, err and $status.
run() {
	axvm-run "$@" </dev/null >out 2>err
	status=$?
}

# refused STATUS WORDS ARGUMENT...: what axvm-run says, and that it ran nothing.
refused() {
	wanted=$1
	words=$2
	shift 2
	run "$@"
	ended "$wanted" "$words" && test ! -s out
}

# poke FILE OFFSET BYTES: leaves "poked", its beginning with these bytes in it.
poke() {
	head -c 100000 "$1" >poked
	printf '%b' "$3" | dd of=poked bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# start COMMAND...: in the background, with typing going there; leaves $pid.
start() {
	rm -f keys
	mkfifo keys
	"$@" <keys >out 2>err &
	pid=$!
	exec 3>keys
}

typing() {
	printf '%s' "$1" >&3
}

# stop: waits for the end of what was started; leaves $status.
stop() {
	wait "$pid"
	status=$?
	exec 3>&-
}

# debian COMMAND APPEND [OPTION...]: with the arguments that boot Debian's
# kernel, or the one in $kernel, with APPEND on its command line.
debian() {
	command=$1
	append=$2
	shift 2
	"$command" --initrd /axvm/guest/initrd --append "console=$GUEST_CONSOLE $append" \
		--timeout $((180 * SCALE)) "$@" "${kernel:-/axvm/guest/Image}"
}

# expect PATTERN: waits until a line of out matches.
expect() {
	deadline=$(($(date +%s) + 150 * SCALE))
	until tr -d '\r' <out | grep -q -e "$1"; do
		if [ "$(date +%s)" -gt "$deadline" ]; then
			echo "# no line like \"$1\" came; the last were:"
			quote out
			return 1
		fi
		sleep 0.1
	done
}

# ended STATUS WORDS: how axvm-run ended, by its status and its one line.
ended() {
	[ "$status" -eq "$1" ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "^axvm-run: $2" err && return
	echo "# expected status $1 and the one line \"axvm-run: $2\"; got status $status and:"
	quote err
	[ ! -s out ] || { echo "# the end of its output:" && quote out; }
	return 1
}
