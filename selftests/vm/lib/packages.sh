# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The ordinary packages, by the system's own apt: only those that are missing.

# Compilers and kbuild's needs; cpio for the initramfs, kmod for depmod; perl,
# sparse, shellcheck and Zydis for the static checks; libfdt for a native axvm-run.
PACKAGES="make gcc gcc-12 libc6-dev libelf1 libfdt-dev cpio xz-utils kmod python3 perl sparse shellcheck"
PACKAGES+=" libzydis-dev"

packages() {
	local backend wanted=$PACKAGES
	for backend; do
		wanted+=" $(backend_get "$backend" PACKAGES) $(backend_get "$backend" EMULATOR_PACKAGES)"
	done
	# shellcheck disable=SC2086 # a list of names
	packages_ensure $wanted
}

packages_ensure() {
	local missing
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	[ "$(id -u)" -eq 0 ] || die "only root can install packages" \
		"Do it yourself: apt-get install $missing"
	# shellcheck disable=SC2086 # a list of names
	packages_install $missing
}

packages_missing() {
	local package
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || printf '%s ' "$package"
	done
}

# A fresh machine has no package lists, and an old one names versions that the
# mirror has dropped: renew them when the first attempt fails.
packages_install() {
	step INSTALL "$*"
	export DEBIAN_FRONTEND=noninteractive
	watched apt-get install -q -y --no-install-recommends "$@" && return
	step LISTS "of the system's apt"
	logged "Check the network and /etc/apt/sources.list, then run this again." apt-get -q update
	logged "Read what apt says; \"apt-get -f install\" may be needed." \
		apt-get install -q -y --no-install-recommends "$@"
}
