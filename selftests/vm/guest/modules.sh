# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The kernel's own modules in a VM; init takes this in, and a job that inserts some.

# parameters NAME: a module's on the kernel's command line, which only modprobe reads.
parameters() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^$1\.//p"
}

# insert MODULE...: the kernel's own, in this order.
insert() {
	local module name
	for module; do
		name=$(echo "${module%.ko}" | tr - _)
		# shellcheck disable=SC2046 # a list
		[ -e "/sys/module/$name" ] ||
			insmod "/axvm/modules/$module" $(parameters "$name") || return
	done
}
