# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# An emulator that is newer than the system's: packages of another suite, with the
# libraries that they want, in build/env/<emulator>. Started by the loader there,
# it finds all it needs there, and the system has nothing to do with it.

# EMULATOR_ROOT is the suite and the packages.
emulator_root() {
	local suite packages wanted debs package out=$BUILD/env/${EMULATOR%% *}
	read -r suite packages <<<"$EMULATOR_ROOT"
	wanted=$(emulator_packages "$suite" "$packages")
	[ -n "$wanted" ] || die "the mirror's $suite has no $packages" "Run make setup REFRESH=1."
	stamped "$out/.stamp" "$wanted" && return
	debs=$APT_ROOT/deb/${out##*/}
	rm -rf "$debs" "$out"
	mkdir -p "$debs" "$out"
	step DOWNLOAD "$(wc -w <<<"$wanted") packages of $suite: ${EMULATOR%% *} and its libraries"
	# shellcheck disable=SC2086 # a list of names
	logged "Check the mirror in /etc/apt and the free space here." emulator_download "$debs" $wanted
	step UNPACK "${EMULATOR%% *}"
	for package in "$debs"/*.deb; do
		logged "Remove $debs and run this again." dpkg -x "$package" "$out"
	done
	stamp "$out/.stamp" "$wanted"
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
