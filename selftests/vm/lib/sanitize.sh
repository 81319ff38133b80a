# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A kernel with sanitizers, built from Debian's kernel source into
# build/env/<arch>-sanitize: what make check-sanitize boots.

# shellcheck disable=SC2034 # setup installs them
SANITIZE_PACKAGES="flex bison bc libelf-dev libssl-dev"

kernel_source() {
	local tree=$BUILD/env/source version
	version=$(apt_version linux-source-6.12) || exit 1
	if ! stamped "$tree/.stamp" "$version"; then
		rm -rf "$tree"
		unpack linux-source-6.12 "$tree.deb"
		step UNPACK "the kernel source, $version"
		mkdir -p "$tree"
		logged "Check the free space here (2 GB are needed)." \
			tar -xJf "$tree.deb/usr/src/linux-source-6.12.tar.xz" -C "$tree" --strip-components 1
		rm -rf "$tree.deb"
		stamp "$tree/.stamp" "$version"
	fi
	SOURCE=$tree SOURCE_VERSION=$version
}

# kbuild with the backend's compiler; KBUILD_ARGS is a list of variables.
kernel_make() {
	# shellcheck disable=SC2086
	nice -n "${NICE:-0}" make -C "$SOURCE" O="$OUT" ARCH="$ARCH" \
		CROSS_COMPILE="$CROSS_COMPILE" $KBUILD_ARGS "$@"
}

# Fragments in, .config out. Kconfig drops what depends on something that is
# off without a word, and a sanitizer that is silently missing finds nothing.
sanitize_configure() {
	local line lost=0 fragments=()
	for line in common "$ARCH" sanitize; do
		fragments+=("$TOP/selftests/vm/kernel-config/$line.config")
	done
	mkdir -p "$OUT"
	cat "${fragments[@]}" >"$OUT/fragments.config"
	kernel_make KCONFIG_ALLCONFIG="$OUT/fragments.config" allnoconfig
	while read -r line; do
		grep -qxF "$line" "$OUT/.config" || {
			echo "the configuration has lost: $line"
			lost=1
		}
	done < <(grep -h '^CONFIG_' "${fragments[@]}")
	return $lost
}

# sanitize_kernel: the kernel and the KVM modules, in $SANITIZE_ENV.
sanitize_kernel() {
	local want
	OUT=$BUILD/env/$DEB_ARCH-sanitize
	want="$SOURCE_VERSION $(cat "$TOP"/selftests/vm/kernel-config/{common,"$ARCH",sanitize}.config | cksum)"
	stamped "$OUT/.stamp" "$want" && return
	step CONFIGURE "the sanitizer kernel, $SOURCE_VERSION"
	logged "See selftests/vm/kernel-config." sanitize_configure
	step BUILD "the sanitizer kernel (10 to 20 minutes, once)"
	logged "Fix what it names and run this again: the build goes on where it stopped." \
		kernel_make -j"$(nproc)" "${SANITIZE_IMAGE##*/}" modules
	stamp "$OUT/.stamp" "$want"
}
