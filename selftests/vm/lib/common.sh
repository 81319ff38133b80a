# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every set-up script shares: messages, running a step, stamps, reading a
# backend's description. Needs $TOP (the project) and $BUILD (its build/).

# step WHAT DETAIL: the one line that says what happens now.
step() {
	printf '  %-9s %s\n' "$1" "$2"
}

# die WHAT [NEXT]: what went wrong, and what to do about it.
die() {
	printf '\nset-up failed: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf '  %s\n' "$2" >&2
	exit 1
}

# watched COMMAND...: run a command into the log, with a sign of life every ten
# seconds; its status.
watched() {
	local log=$BUILD/log/setup.log pid began=$SECONDS
	mkdir -p "${log%/*}"
	printf '\n+ %s\n' "$*" >>"$log"
	"$@" >>"$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
		(( (SECONDS - began) % 10 == 9 )) || continue
		printf '            ... %d s\n' $((SECONDS - began + 1))
		sleep 1
	done
	wait "$pid"
}

# logged NEXT COMMAND...: likewise; if it fails, show the end of its output, say
# NEXT, and end.
logged() {
	local next=$1 log=$BUILD/log/setup.log rc
	shift
	watched "$@" && return
	rc=$?
	tail -n 12 "$log" | sed 's/^/    /' >&2
	die "\"$*\" ended with status $rc (the whole output: ${log#"$TOP"/})" "$next"
}

# A stamp holds what a step was done for (versions, mostly): the step is done
# again when that changes, and only then.
stamped() {
	[ -f "$1" ] && [ "$(<"$1")" = "$2" ]
}

stamp() {
	mkdir -p "${1%/*}"
	printf '%s\n' "$2" >"$1"
}

# backends: the names of all.
backends() {
	(cd "$TOP/selftests/vm/backends" && echo *)
}

# backend_get BACKEND KEY: one value of a backend's description, or else of its
# architecture's.
backend_get() {
	local own=$TOP/selftests/vm/backends/$1
	sed -n "s/^$2 = //p" "$own" "$TOP/selftests/vm/arch/$(sed -n 's/^ARCH = //p' "$own")" |
		head -n 1
}
