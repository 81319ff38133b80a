# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# RISC-V: what a test in shell has to know of it; lib.sh takes this in.

# shellcheck disable=SC2034 # for those who take this in
dump=--dump-dtb
# shellcheck disable=SC2034
description="device tree"

# A dump's beginning, in hexadecimal.
# shellcheck disable=SC2034
dump_begins=d00dfeed

# is_described FILE: the dump, made with axvm.test=dump, is of that guest.
is_described() {
	grep -q "axvm.test=dump" "$1"
}

# crasher FILE: an image that runs where there is no memory: no instruction, and no
# handler for that.
crasher() {
	head -c 4096 /dev/zero >"$1"
}

# refuse_kernels IMAGE: a Linux Image cut off, and with another header: what it says of its
# size, and where it is to be. For run_errors.
refuse_kernels() {
	good=$1
	head -c 1000000 "$good" >truncated
	impossible "truncated is a truncated Linux Image" truncated
	head -c 64 "$good" >header
	impossible "header is a truncated Linux Image" header
	poke "$good" 16 '\0\0\0\0\0\0\0\0'
	impossible "poked is a malformed Linux Image: its header says that it is empty" poked
	poke "$good" 8 '\001\0\0\0\0\0\0\0'
	impossible "poked is a malformed Linux Image: its offset is no multiple of 2 MiB" poked
	poke "$good" 24 '\001\0\0\0\0\0\0\0'
	impossible "poked is a big-endian kernel" poked
}
