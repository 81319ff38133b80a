# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's kernel of one architecture, unpacked into build/env/<arch>: headers
# to build modules with, the image with the modules a VM wants, a static
# busybox, and the libraries that the static axvm-run links with.

# unpack PACKAGE DIR: fetch a package and unpack all of it.
unpack() {
	apt_fetch "$1"
	mkdir -p "$2"
	step UNPACK "${DEB##*/}"
	logged "Remove build/apt/deb/${DEB##*/} and run this again." dpkg -x "$DEB" "$2"
}

# The kernel release that the metapackage stands for today.
kernel_release() {
	local image
	image=$(apt_depends "$IMAGE_PACKAGE:$DEB_ARCH" "linux-image-[0-9].*") || exit 1
	image=${image#linux-image-}
	printf '%s\n' "${image%:*}"
}

# kbuild's programs run on the build machine, so Debian 13's (for a newer
# glibc) do not do: Debian 12 has the same for nearly every release.
kbuild_package() {
	local same=linux-kbuild-${1%%+*}+deb12 newest
	if [ -n "$(apt_cache policy "$same")" ]; then
		echo "$same"
		return
	fi
	newest=$(apt_depends linux-headers-6.12-amd64 "linux-headers-6\..*-amd64") || exit 1
	apt_depends "$newest" "linux-kbuild-.*"
}

# Headers, common headers and kbuild in one place, made to find each other.
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
	local wanted=$root/usr/lib/linux-kbuild-${release%-"$HEADERS_FLAVOUR"}
	[ -e "$wanted" ] || ln -s "$kbuild" "$wanted"
	[ -x "$root/usr/src/$flavour/scripts/basic/fixdep" ] ||
		die "the unpacked headers of $release have no scripts/" \
			"Run make setup REFRESH=1; if it stays so, the packages changed: see selftests/vm/lib/kernel.sh."
}

# module_closure MODULES.DEP NAME...: the paths of these modules and of all
# they depend on, in the order in which they insert.
module_closure() {
	python3 - "$@" <<-'PYTHON'
		import os, sys
		needs = dict(line.rstrip("\n").split(":", 1) for line in open(sys.argv[1]))
		path = {os.path.basename(p).split(".ko")[0].replace("-", "_"): p for p in needs}
		order = []
		def add(p):
		    for dep in reversed(needs[p].split()):
		        add(dep)
		    if p not in order:
		        order.append(p)
		for name in sys.argv[2:]:
		    add(path[name.replace("-", "_")])
		print("\n".join(order))
	PYTHON
}

# The image, and of its modules only those that the backend names.
unpack_image() {
	local release=$1 root=$2 tree=$2.tmp modules path
	apt_fetch "linux-image-$release:$DEB_ARCH"
	step UNPACK "${DEB##*/} (image and modules: $KERNEL_MODULES)"
	rm -rf "$root" "$tree"
	logged "Remove build/apt/deb/${DEB##*/} and run this again." dpkg -x "$DEB" "$tree"
	mkdir -p "$root/modules"
	cp "$tree/boot/vmlinux-$release" "$root/Image" 2>/dev/null ||
		cp "$tree/boot/vmlinuz-$release" "$root/Image"
	modules=$(find "$tree" -type d -path "*lib/modules/$release")
	depmod -b "${modules%/lib/modules/*}" "$release"
	# shellcheck disable=SC2086 # a list of names
	for path in $(module_closure "$modules/modules.dep" $KERNEL_MODULES); do
		unpack_module "$modules/$path" "$root/modules"
	done
	cp "$tree/boot/config-$release" "$root/config"
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
