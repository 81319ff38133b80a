# SPDX-License-Identifier: GPL-2.0-only
"""Boots a bzImage without its decompressor, which an emulator would run for many
seconds: the kernel proper is unpacked here, and entered as Xen's PVH does."""

import lzma
import os
import struct
import subprocess
import zlib

from .backend import Problem, VM_DIR

_XEN_ELFNOTE_PHYS32_ENTRY = 18
_PT_LOAD, _PT_NOTE = 1, 4
_START_MAGIC = 0x336ec578
_RAM, _RESERVED_FOR_ACPI = 1, 3
_SECTOR, _PAGE = 512, 4096
# Where the ROM is, and what is to be filled in there: see boot/pvh.S.
ROM_ADDRESS = 0xd0000
_ROM_ENTRY, _ROM_PARTS, _ROM_SIZE = 256, 260, 512


def _unpack(payload):
    # The last four bytes are the size, except for gzip, whose own they are.
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dc"], input=payload[:-4], stdout=subprocess.PIPE,
                              check=True).stdout
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(payload[:-4])
    return zlib.decompress(payload, 31)


def elf(image):
    """The path of the ELF file in a bzImage: it is kept beside that."""
    path = image + ".elf"
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(image):
        with open(image, "rb") as file:
            data = file.read()
        # The boot protocol's setup_sects, payload_offset and payload_length.
        sectors, (offset, length) = data[0x1f1], struct.unpack_from("<II", data, 0x248)
        begin = (sectors + 1) * _SECTOR + offset
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write(_unpack(data[begin:begin + length]))
        os.replace(f"{path}.{os.getpid()}", path)
    return path


def _align(value, to):
    return (value + to - 1) // to * to


def _notes(data):
    """The name, type and contents of each ELF note."""
    offset = 0
    while offset < len(data):
        name_size, size, kind = struct.unpack_from("<III", data, offset)
        name = offset + 12
        contents = name + _align(name_size, 4)
        yield data[name:name + name_size].rstrip(b"\0"), kind, data[contents:contents + size]
        offset = contents + _align(size, 4)


class Kernel:
    """The kernel as it is to be in memory: its address and end, bytes, and entry."""

    def __init__(self, image):
        with open(elf(image), "rb") as file:
            data = file.read()
        offset, = struct.unpack_from("<Q", data, 32)
        count, = struct.unpack_from("<H", data, 56)
        headers = [struct.unpack_from("<IIQQQQQQ", data, offset + 56 * index)
                   for index in range(count)]
        # Of each: offset in the file, physical address, size there and in memory.
        parts = [(h[2], h[4], h[5], h[6]) for h in headers if h[0] == _PT_LOAD]
        self.address = min(address for _, address, _, _ in parts)
        self.end = max(address + size for _, address, _, size in parts)
        self.entry = self._entry(data, headers)
        memory = bytearray(max(address + size for _, address, size, _ in parts) - self.address)
        for begin, address, size, _ in parts:
            where = address - self.address
            memory[where:where + size] = data[begin:begin + size]
        self.data = bytes(memory)

    @staticmethod
    def _entry(data, headers):
        for header in headers:
            if header[0] == _PT_NOTE:
                for name, kind, contents in _notes(data[header[2]:header[2] + header[5]]):
                    if name == b"Xen" and kind == _XEN_ELFNOTE_PHYS32_ENTRY:
                        return int.from_bytes(contents, "little")
        raise Problem("this kernel has no PVH entry")


def _start_info(address, arguments, initrd, memory):
    """The page with struct hvm_start_info and what it points to: the initrd's
    place, the memory map, the command line."""
    module, memory_map, text = address + 0x100, address + 0x200, address + 0x400
    page = bytearray(_PAGE)
    struct.pack_into("<IIIIQQQQII", page, 0, _START_MAGIC, 1, 0, 1, module, text, 0,
                     memory_map, len(memory), 0)
    struct.pack_into("<QQQQ", page, 0x100, *initrd, 0, 0)
    for index, region in enumerate(memory):
        struct.pack_into("<QQII", page, 0x200 + 24 * index, *region, 0)
    data = arguments.encode() + b"\0"
    if len(data) > _PAGE - 0x400:
        raise Problem("the kernel's command line is too long")
    page[0x400:0x400 + len(data)] = data
    return bytes(page)


def _rom(compiler, parts, entry):
    """The option ROM. parts are the sector, the number of sectors and the address of
    each; the last is no part, but the address of the start information."""
    source = os.path.join(VM_DIR, "boot", "pvh.S")
    code = subprocess.run(
        [compiler, "-m32", "-nostdlib", "-static", "-Wl,--oformat=binary,--build-id=none",
         f"-Wl,-Ttext={ROM_ADDRESS:#x}", "-o", "/dev/stdout", source],
        stdout=subprocess.PIPE, check=True).stdout
    rom = bytearray(code)
    struct.pack_into("<I", rom, _ROM_ENTRY, entry)
    for index, part in enumerate(parts):
        struct.pack_into("<III", rom, _ROM_PARTS + 12 * index, *part)
    rom[_ROM_SIZE - 1] = -sum(rom[:_ROM_SIZE - 1]) & 0xff
    return rom


def prepare(kernel, arguments, initrd, megabytes, tables, compiler, rom, disk):
    """Writes the files rom and disk. Of the memory, as many bytes as tables says are
    the BIOS' at its end."""
    end = megabytes << 20
    with open(initrd, "rb") as file:
        initrd = file.read()
    info = _align(kernel.end, _PAGE)
    start = _start_info(info, arguments, (info + _PAGE, len(initrd)), (
        (0, 0x9f000, _RAM), (1 << 20, end - tables - (1 << 20), _RAM),
        (end - tables, tables, _RESERVED_FOR_ACPI)))
    parts, sector = [], 0
    with open(disk, "wb") as file:
        for address, data in ((kernel.address, kernel.data), (info, start + initrd)):
            count = _align(len(data), _SECTOR) // _SECTOR
            parts.append((sector, count, address))
            file.write(data)
            sector += count
            file.truncate(sector * _SECTOR)
            file.seek(0, os.SEEK_END)
    with open(rom, "wb") as file:
        file.write(_rom(compiler, [*parts, (0, 0, info)], kernel.entry))
