# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's kernels of one architecture, each unpacked into build/env/<arch>/<kernel>:
# headers to build modules with, the image, and the modules that a VM wants.

# unpack PACKAGE DIR: fetch a package and unpack all of it.
unpack() {
	apt_fetch "$1"
	mkdir -p "$2"
	step UNPACK "${DEB##*/}"
	logged "Remove build/apt/deb/${DEB##*/} and run this again." dpkg -x "$DEB" "$2"
}

# kernel_release BACKEND KERNEL: the release that its metapackage stands for today. A
# second word after the package is the suite to take it from.
kernel_release() {
	local image package suite
	read -r package suite <<<"$(backend_get "$1" "IMAGE_$2")"
	image=$(from "$suite" apt_depends "$package:$DEB_ARCH" "linux-image-[0-9].*") || exit 1
	image=${image#linux-image-}
	printf '%s\n' "${image%:*}"
}

# kbuild's programs run on the build machine, so Debian 13's (for a newer
# glibc) do not do: Debian 12 has the same for nearly every release.
kbuild_package() {
	local own same newest
	own=$(apt_depends "linux-headers-$1:$DEB_ARCH" "linux-kbuild-.*") || exit 1
	own=${own%%:*}
	same=${own/+deb13/+deb12}
	if [ -n "$(apt_cache policy "$same")" ]; then
		echo "$same"
		return
	fi
	newest=$(apt_depends linux-headers-6.12-amd64 "linux-headers-6\..*-amd64") || exit 1
	apt_depends "$newest" "linux-kbuild-.*"
}

# unpack_headers RELEASE DIR: headers, common headers and kbuild in one place,
# made to find each other.
unpack_headers() {
	local release=$1 root=$2 kbuild flavour common
	flavour=linux-headers-$release
	common=${flavour%-"$HEADERS_FLAVOUR"}-common
	kbuild=$(kbuild_package "$release") || exit 1
	rm -rf "$root"
	unpack "$flavour:$DEB_ARCH" "$root"
	unpack "$common" "$root"
	unpack "$kbuild" "$root"
	sed -i "s,/usr/src/,$root/usr/src/,g" "$root/usr/src/$flavour/Makefile"
	# The headers' scripts/ is a link to the kbuild of their own release.
	local wanted
	wanted=$root/usr/lib/$(dirname "$(readlink "$root/usr/src/$common/scripts")" | xargs basename)
	[ -e "$wanted" ] || ln -s "$kbuild" "$wanted"
	[ -x "$root/usr/src/$flavour/scripts/basic/fixdep" ] ||
		die "the unpacked headers of $release have no scripts/" \
			"Run make setup REFRESH=1; if it stays so, the packages changed: see selftests/vm/lib/kernel.sh."
	ln -sfn "${root##*/}/usr/src/$flavour" "${root%/*}/kdir"
}

# arch_modules: those that any backend of this architecture names.
arch_modules() {
	local backend
	for backend in $(backends); do
		[ "$(backend_get "$backend" ARCH)" != "$ARCH" ] ||
			printf '%s %s ' "$(backend_get "$backend" KVM_MODULES)" \
				"$(backend_get "$backend" HOST_MODULES)"
	done
}

# unpack_image RELEASE DIR MODULE...: the image, and of its modules only these
# and those that they depend on.
unpack_image() {
	local release=$1 out=$2 tree=$2/image.tmp modules path
	shift 2
	apt_fetch "linux-image-$release:$DEB_ARCH"
	step UNPACK "${DEB##*/} (image${1:+ and modules: $*})"
	rm -rf "$out/modules" "$tree"
	mkdir -p "$out/modules"
	logged "Remove build/apt/deb/${DEB##*/} and run this again." dpkg -x "$DEB" "$tree"
	cp "$tree/boot/vmlinux-$release" "$out/Image" 2>/dev/null ||
		cp "$tree/boot/vmlinuz-$release" "$out/Image"
	modules=$(find "$tree" -type d -path "*lib/modules/$release")
	depmod -b "${modules%/lib/modules/*}" "$release"
	cp "$modules/modules.dep" "$out/modules"
	for path in $(python3 "$TOP/selftests/vm/vmci/modules.py" "$modules/modules.dep" "$@"); do
		unpack_module "$modules/$path" "$out/modules"
	done
	cp "$tree/boot/config-$release" "$out/config"
	rm -rf "$tree"
}

# insmod in the VM wants plain .ko files.
unpack_module() {
	local name=${1##*/}
	case $name in
	*.xz) xz -dc "$1" >"$2/${name%.xz}" ;;
	*) cp "$1" "$2/$name" ;;
	esac
}
