# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For tests that boot a guest and look at its report.

# shellcheck source=selftests/vm/jobs/lib.sh
. "${0%/*}/lib.sh"

# says KEY: the guest's report has it.
says() {
	tr -d '\r' <out | sed -n "s/^axvm-guest: $1 //p"
}

# The kernel keeps some memory to itself: its text, and the page structures.
has_memory() {
	given=$(($1 * 1024))
	seen=$(says memory | sed 's/ kB$//')
	[ "${seen:-0}" -lt "$given" ] && [ "${seen:-0}" -gt $((given * 7 / 10)) ] && return
	echo "# given $given kB, the guest sees \"$seen\" kB"
	return 1
}

# Each CPU of the guest had interrupts of its own.
all_interrupted() {
	says interrupts | awk -v cpus="$1" '
		/:/ { for (i = 2; i <= cpus + 1; i++) count[i] += $i }
		END { for (i = 2; i <= cpus + 1; i++) if (!count[i]) exit 1 }' && return
	echo "# not all of $1 CPUs had interrupts:"
	says interrupts | sed 's/^/#   /'
	return 1
}

# boots CPUS MIB [WORD...]: boots, sees what it was given, and powers off. WORDs are for
# the command line.
boots() {
	cpus=$1
	mib=$2
	shift 2
	what=${kernel:+${kernel##*/}: }$cpus
	debian run "$* axvm.test=poweroff" --cpus "$cpus" --memory "${mib}M"
	point "$what vCPUs: powers off" ended 0 "guest powered off after"
	point "$what vCPUs: are all there" equal "$(says cpus)" "$cpus"
	point "$what vCPUs: are all interrupted" all_interrupted "$cpus"
	point "$what vCPUs: find their memory" has_memory "$mib"
}
