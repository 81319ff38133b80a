# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel's modules depend on; the set-up runs this file by itself."""

import os
import sys


def _name(path):
    return os.path.basename(path).partition(".ko")[0].replace("-", "_")


def closure(path, names):
    """The paths of these modules and of all they depend on, as modules.dep has
    them, in the order in which they insert."""
    with open(path, encoding="ascii") as file:
        needs = dict(line.rstrip("\n").split(":", 1) for line in file)
    paths = {_name(module): module for module in needs}
    order = []

    def add(module):
        for needed in reversed(needs[module].split()):
            add(needed)
        if module not in order:
            order.append(module)

    for name in names:
        # What is built into the kernel has no file.
        if _name(name) in paths:
            add(paths[_name(name)])
    return order


if __name__ == "__main__":
    print("\n".join(closure(sys.argv[1], sys.argv[2:])))
