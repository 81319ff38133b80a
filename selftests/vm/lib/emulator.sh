# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# An emulator that is newer than the system's: packages of another suite, with the
# libraries that they want, in build/env/<emulator>. Started by the loader there,
# it finds all it needs there, and the system has nothing to do with it.

# EMULATOR_ROOT is the suite and the packages. What they bring along is asked for
# only when they are new: apt thinks about it for half a minute.
emulator_root() {
	local suite packages package versions wanted debs out=$BUILD/env/${EMULATOR%% *}
	read -r suite packages <<<"$EMULATOR_ROOT"
	versions=$(for package in $packages; do
		printf '%s=%s ' "$package" "$(from "$suite" apt_version "$package")"
	done)
	stamped "$out/.stamp" "$versions" && return
	step LISTS "of what ${EMULATOR%% *} needs"
	wanted=$(emulator_packages "$suite" "$packages")
	[ -n "$wanted" ] || die "the mirror's $suite has no $packages" "Run make setup REFRESH=1."
	debs=$APT_ROOT/deb/${out##*/}
	rm -rf "$debs" "$out.new"
	mkdir -p "$debs" "$out.new"
	step DOWNLOAD "$(wc -w <<<"$wanted") packages of $suite: ${EMULATOR%% *} and its libraries"
	# shellcheck disable=SC2086 # a list of names
	logged "Check the mirror in /etc/apt and the free space here." emulator_download "$debs" $wanted
	step UNPACK "${EMULATOR%% *}"
	logged "Check the free space here." emulator_unpack "$debs" "$out.new"
	rm -rf "$out"
	mv "$out.new" "$out"
	stamp "$out/.stamp" "$versions"
}

# emulator_packages SUITE PACKAGES: these and the libraries among all that they
# would bring to an empty system, with their versions. Programs, icons and daemons
# that a desktop wants are nothing to an emulator without a window.
emulator_packages() {
	local packages=$2
	# shellcheck disable=SC2086 # a list of names
	from "$1" apt_get install -s --no-install-recommends $packages |
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' |
		grep -E "^(z?lib|$(tr ' ' '|' <<<"$packages")=)"
}

emulator_download() {
	cd "$1" || return
	shift
	apt_get download "$@"
}

emulator_unpack() {
	local package
	for package in "$1"/*.deb; do
		dpkg -x "$package" "$2" || return
	done
}
