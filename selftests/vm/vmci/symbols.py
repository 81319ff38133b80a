# SPDX-License-Identifier: GPL-2.0-only
"""Names for the addresses that a CPU executes: of the kernel and its modules, of
axvm-bench, and of the code that axvm-bench puts into its guest."""

import bisect
import re
import subprocess

# Who executes, for sums: what is not one of these is a module's name.
KERNEL, CLIENT, GUEST, OTHER = "kernel", "axvm-bench", "guest", "other"


class Symbols:
    def __init__(self):
        self.found = {}
        self.addresses = []

    def add(self, address, name, owner):
        # The assembler's own labels are none. Of several names at one address, the
        # first is as good as any.
        if not name.startswith((".", "$")):
            self.found.setdefault(address, (name, owner))

    def read_kallsyms(self, path):
        """What /proc/kallsyms says: address, type, name, and for modules [module]."""
        with open(path, encoding="ascii", errors="replace") as file:
            for line in file:
                fields = line.split()
                if len(fields) >= 3 and fields[1] in "tTwW":
                    owner = fields[3].strip("[]") if len(fields) > 3 else KERNEL
                    self.add(int(fields[0], 16), fields[2], owner)

    def read_program(self, program, nm):
        """axvm-bench, and its guest, which has moved; the addresses by name."""
        text = subprocess.run([nm, program], capture_output=True, text=True, check=True).stdout
        values = {name: int(value, 16)
                  for value, name in re.findall(r"^([0-9a-f]+) \w (\S+)$", text, re.M)}
        for value, name in re.findall(r"^([0-9a-f]+) [tTwW] (\S+)$", text, re.M):
            self.add(int(value, 16), name, CLIENT)
        self.add(values["_end"], "", OTHER)
        begin, end = values["guest_begin"], values["guest_end"]
        moved = values["guest_address"] - begin
        for name, value in values.items():
            if name.startswith("guest_") and begin <= value < end and name != "guest_begin":
                self.add(value + moved, name, GUEST)
        self.add(end + moved, "", OTHER)
        return values

    def seal(self):
        """No more come; from here on symbols are looked up."""
        self.addresses = sorted(self.found)

    def lookup(self, pc):
        """Name, owner and beginning of the function at pc."""
        index = bisect.bisect(self.addresses, pc) - 1
        begin = self.addresses[index] if index >= 0 else 0
        name, owner = self.found.get(begin, ("", OTHER))
        # Firmware, vDSO: no symbols, but a megabyte tells one from the other.
        return (name, owner, begin) if name else (f"{pc & ~0xfffff:#x}..", OTHER, pc & ~0xfffff)
