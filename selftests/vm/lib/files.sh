# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Single files out of large packages: what the tests and the static checks take
# from the kernel's source, a static busybox, and libfdt for axvm-run.

# The kernel's headers for tests, and its checkpatch. Stopping tar once it has
# them would save seconds, but the archive has them at no fixed place.
kernel_source_files() {
	local version want stamp=$BUILD/env/kernel-files/.stamp out=$BUILD/env/kernel-files
	version=$(apt_version linux-source-6.12) || exit 1
	want="linux-source-6.12 $version"
	stamped "$stamp" "$want" && return
	unpack linux-source-6.12 "$out.deb"
	step EXTRACT "kselftest.h, lib.mk and checkpatch.pl from the kernel source"
	rm -rf "$out"
	mkdir -p "$out"
	logged "Remove build/env and run this again." \
		tar -xJf "$out.deb/usr/src/linux-source-6.12.tar.xz" -C "$out" --strip-components 1 --wildcards \
		'*/tools/testing/selftests/kselftest*.h' '*/tools/testing/selftests/lib.mk' \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch'
	rm -rf "$out.deb"
	stamp "$stamp" "$want"
}

static_busybox() {
	local want out=$BUILD/env/$DEB_ARCH/busybox
	want=$(apt_version "busybox-static:$DEB_ARCH") || exit 1
	stamped "$out.stamp" "$want" && return
	unpack "busybox-static:$DEB_ARCH" "$out.deb"
	find "$out.deb" -type f -name busybox -exec cp {} "$out" \;
	rm -rf "$out.deb"
	stamp "$out.stamp" "$want"
}

libfdt() {
	local want out=$BUILD/env/$DEB_ARCH/sysroot
	want=$(apt_version "libfdt-dev:$DEB_ARCH") || exit 1
	stamped "$out/.stamp" "$want" && return
	rm -rf "$out"
	unpack "libfdt-dev:$DEB_ARCH" "$out"
	stamp "$out/.stamp" "$want"
}
