# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# x86: what a test in shell has to know of it; lib.sh takes this in.

# shellcheck disable=SC2034 # for those who take this in
dump=--dump-acpi
# shellcheck disable=SC2034
description="ACPI tables"

# A dump's beginning, in hexadecimal.
# shellcheck disable=SC2034
dump_begins=52534450

# is_described FILE: the dump, made with two CPUs, is of that guest: the MADT is 110 bytes
# long.
is_described() {
	[ "$(sed -n '/^APIC @/,/^$/p' "$1" | grep -c '^ *00[0-6]0:')" -eq 7 ] &&
		grep -q '^    0000: 41 50 49 43 6E 00 00 00' "$1"
}

# crasher FILE: firmware that empties the table of interrupts, and then has one.
crasher() {
	{
		head -c 4080 /dev/zero
		printf '\056\017\001\036\000\360\314'
		head -c 9 /dev/zero
	} >"$1"
}

# refuse_kernels IMAGE: a bzImage cut off, and with another header. For run_errors.
refuse_kernels() {
	good=$1
	head -c 1000000 "$good" >truncated
	impossible "truncated is a truncated bzImage" truncated
	head -c 530 "$good" >header
	impossible "header is a truncated bzImage" header
	poke "$good" 500 '\0\0\0\0'
	impossible "poked is a malformed bzImage: its header says that it is empty" poked
	poke "$good" 518 '\013\002'
	impossible "poked is a Linux kernel of boot protocol 2.11" poked
	poke "$good" 529 '\0'
	impossible "poked is a zImage" poked
	poke "$good" 566 '\0\0'
	impossible "poked is a 32-bit kernel" poked
}
