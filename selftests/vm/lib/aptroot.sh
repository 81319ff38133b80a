# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A private apt root in build/apt: it fetches kernels, headers and libraries of
# other suites and architectures, and the system's apt never hears of them.

APT_ROOT=$BUILD/apt
APT_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
APT_SUITES="bookworm-security bookworm trixie"

# Docker's images turn apt's binary cache off, which makes every query take
# seconds: turn it on, on the command line, where no other file overrides it.
APT_OPTIONS=(-o Dir::Cache::pkgcache=pkgcache.bin
	-o Dir::Cache::srcpkgcache=srcpkgcache.bin)

apt_get() {
	APT_CONFIG=$APT_ROOT/apt.conf apt-get -q -y "${APT_OPTIONS[@]}" "$@"
}

apt_cache() {
	APT_CONFIG=$APT_ROOT/apt.conf apt-cache "${APT_OPTIONS[@]}" "$@"
}

# from SUITE COMMAND...: where several suites have a package, that one's. Without
# a suite it is Debian 12's, and Debian 13's only if that has none.
from() {
	local APT_OPTIONS=("${APT_OPTIONS[@]}")
	[ -z "$1" ] || APT_OPTIONS+=(-o "APT::Default-Release=$1")
	shift
	"$@"
}

# The mirror that holds a suite. apt itself is asked, so that every form of the
# system's sources is understood; a suite it does not list (trixie) is on the
# mirror that has bookworm.
apt_mirror() {
	local suite=$1
	[ "$suite" = trixie ] && suite=bookworm
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		sed -n "s/^$suite //p" | sort -u | head -n 1
}

# apt_architectures SUITE: those whose packages are taken from that suite.
apt_architectures() {
	case $1 in
	trixie) echo amd64,riscv64 ;;
	*) echo amd64,arm64 ;;
	esac
}

apt_sources() {
	local suite uri
	for suite in $APT_SUITES; do
		uri=$(apt_mirror "$suite")
		[ -n "$uri" ] || die "the system's apt sources list no mirror for $suite" \
			"Add a line for it to /etc/apt/sources.list and run this again."
		printf 'deb [arch=%s signed-by=%s] %s %s main\n' \
			"$(apt_architectures "$suite")" "$APT_KEYRING" "$uri" "$suite"
	done
}

apt_configuration() {
	cat <<-CONF
		Dir::State "$APT_ROOT/state";
		Dir::State::status "$APT_ROOT/state/status";
		Dir::Cache "$APT_ROOT/cache";
		Dir::Etc::SourceList "$APT_ROOT/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "$APT_ROOT/preferences";
		Dir::Etc::PreferencesParts "/dev/null";
		APT::Architectures { "amd64"; "arm64"; "riscv64"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
	CONF
}

# apt_root: the private root, with package lists. They are fetched once, and
# again when the sources change or a refresh is asked for.
apt_root() {
	local sources
	[ -f "$APT_KEYRING" ] || die "$APT_KEYRING is missing" \
		"Install debian-archive-keyring."
	sources=$(apt_sources) || exit 1
	mkdir -p "$APT_ROOT"/{state/lists/partial,cache/archives/partial,deb}
	: >>"$APT_ROOT/state/status"
	apt_configuration >"$APT_ROOT/apt.conf"
	printf '%s\n' "Package: *" "Pin: release n=trixie" "Pin-Priority: 100" \
		>"$APT_ROOT/preferences"
	if [ -z "$REFRESH" ] && stamped "$APT_ROOT/.updated" "$sources"; then
		return
	fi
	step LISTS "${APT_SUITES// /, } (private apt root)"
	printf '%s\n' "$sources" >"$APT_ROOT/sources.list"
	apt_update
	stamp "$APT_ROOT/.updated" "$sources"
}

# A mirror in the middle of an update has an index that its Release file does
# not describe, and apt rightly refuses it. The same suite's other name on the
# mirror is renewed at another time, and is signed just the same.
apt_update() {
	local broken
	watched apt_update_once && return
	broken=$(sed -n 's,^E: Failed to fetch .*/dists/\([a-z-]*\)/.*,\1,p' "$APT_ROOT/update.log" | sort -u)
	for suite in $broken; do
		step LISTS "$suite is being updated on the mirror: trying it as $(apt_alias "$suite")"
		sed -i "s, $suite main\$, $(apt_alias "$suite") main," "$APT_ROOT/sources.list"
	done
	logged "Check that the mirror in /etc/apt can be reached; one that is being updated is whole again within the hour." \
		apt_get update
	for suite in $broken; do
		grep -q "^Codename: $suite\$" \
			"$APT_ROOT"/state/lists/*_"$(apt_alias "$suite")"_InRelease ||
			die "the mirror's $(apt_alias "$suite") is not $suite" \
				"The mirror is being updated: run this again later."
	done
}

apt_update_once() {
	apt_get update 2>&1 | tee "$APT_ROOT/update.log"
}

apt_alias() {
	case $1 in
	bookworm*) echo "oldstable${1#bookworm}" ;;
	trixie*) echo "stable${1#trixie}" ;;
	esac
}

# apt_depends PACKAGE PATTERN: the dependency of a package that matches. This
# is how "the current kernel" becomes a version.
apt_depends() {
	local found
	found=$(apt_cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "^$2\$") ||
		die "$1 depends on nothing like $2" \
			"The mirror has changed its packages: run make setup REFRESH=1."
	printf '%s\n' "${found%%$'\n'*}"
}

# apt_version PACKAGE: the version that would be downloaded.
apt_version() {
	local version
	version=$(apt_cache policy "$1" | sed -n 's/^  Candidate: //p')
	case $version in
	"" | "(none)") die "the mirror has no package $1" "Run make setup REFRESH=1." ;;
	esac
	printf '%s\n' "$version"
}

# apt_deb PACKAGE: the file its download leaves in deb/ (apt writes the colon
# of an epoch as %3a).
apt_deb() {
	local name=${1%%:*} arch=${1##*:} version
	version=$(apt_version "$1") || exit 1
	[ "$arch" = "$name" ] && arch=$(apt_cache show "$1=$version" |
		sed -n 's/^Architecture: //p' | head -n 1)
	printf '%s/deb/%s_%s_%s.deb\n' "$APT_ROOT" "$name" "${version//:/%3a}" "$arch"
}

# apt_fetch PACKAGE: download it unless it is there; the file's name is left
# in $DEB. A version that vanished from the mirror is resolved anew once.
apt_fetch() {
	DEB=$(apt_deb "$1") || exit 1
	[ -f "$DEB" ] && return
	step DOWNLOAD "${DEB##*/}"
	if ! watched apt_download "$1"; then
		step LISTS "renewed: the mirror no longer has ${DEB##*/}"
		apt_update
		DEB=$(apt_deb "$1") || exit 1
		step DOWNLOAD "${DEB##*/}"
		logged "Check the mirror in /etc/apt and the free space here." apt_download "$1"
	fi
	[ -f "$DEB" ] || die "apt did not leave ${DEB##*/} in build/apt/deb" "Run this again."
}

apt_download() {
	(cd "$APT_ROOT/deb" && apt_get download "$1")
}
