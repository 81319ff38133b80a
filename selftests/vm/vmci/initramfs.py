# SPDX-License-Identifier: GPL-2.0-only
"""What a VM finds in its initramfs. The paths are a promise to the tests:

    /axvm/axvm.ko        the module (inserted before a job unless it says nomodule)
    /axvm/modules/       the host kernel's own modules (kvm.ko ...)
    /axvm/modules.sh     how to insert them, for scripts
    /axvm/bin/           axvm-run and the other tools, and onpty; in $PATH
    /axvm/tests/         the test programs and scripts, of a slow emulator only those
                         that it is to run
    /axvm/guest/Image    a stock kernel, to be booted as guest
    /axvm/guest/Image-NAME   the others, for who says "guests"
    /axvm/guest/vmlinux  the ELF file that is in Image, for who says "vmlinux"
    /axvm/guest/initrd   a small initrd for them
"""

import math
import os
import re
import subprocess
import tempfile

from . import cpio, pvh
from .backend import VM_DIR
from .machine import late_log


def _busybox(archive, backend):
    archive.copy("bin/busybox", os.path.join(backend.env, "busybox"), 0o755)
    archive.link("bin/sh", "busybox")


def guest_initrd(backend):
    path = os.path.join(backend.out, "guest-initrd.cpio")
    os.makedirs(backend.out, exist_ok=True)
    with cpio.Archive(path + ".tmp") as archive:
        archive.console()
        _busybox(archive, backend)
        archive.copy("init", os.path.join(VM_DIR, "guest", "guest-init"), 0o755)
    os.replace(path + ".tmp", path)
    return path


def _copy_files(archive, where, directory, unwanted=()):
    """All regular files of a directory, if there is one."""
    if not os.path.isdir(directory):
        return
    for name in sorted(os.listdir(directory)):
        source = os.path.join(directory, name)
        if (os.path.isfile(source) and name not in unwanted
                and not name.endswith((".o", ".a", ".d", ".cmd"))):
            archive.copy(f"{where}/{name}", source)


def _unwanted(backend, jobs, script):
    """The programs that a slow emulator need not unpack."""
    if not backend.get("SLOW") or not (jobs or script):
        return ()
    wanted = {job.name for job in jobs} | set(re.findall(r"\w+", script or ""))
    directory = os.path.join(backend.out, "selftests")
    return set(os.listdir(directory)) - wanted if os.path.isdir(directory) else ()


def _copy_module(archive, name, backend, source):
    """A module without its debugging information, which insmod would copy around."""
    if not os.path.exists(source):
        return
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run([backend["CROSS_COMPILE"] + "strip", "--strip-debug", "-o", stripped.name,
                        source], check=True)
        archive.copy(name, stripped.name, 0o644)


def _is_asked_for(jobs, condition, script, word):
    """By a job's condition, or by a word of the script."""
    return any(condition in job.conditions for job in jobs) or word in (script or "")


def _copy_guests(archive, backend, jobs, script):
    usual, *others = backend.guest_kernels
    archive.copy("axvm/guest/Image", backend.guest_image(usual))
    archive.copy("axvm/guest/initrd", guest_initrd(backend))
    if _is_asked_for(jobs, "vmlinux", script, "guest/vmlinux"):
        archive.copy("axvm/guest/vmlinux", pvh.elf(backend.guest_image(usual)))
    if _is_asked_for(jobs, "guests", script, "Image-"):
        for kernel in others:
            archive.copy(f"axvm/guest/Image-{kernel}", backend.guest_image(kernel))


def host_base(backend, path, jobs=(), script=None):
    """All but what to do: the same for every VM that may run these jobs."""
    with cpio.Archive(path) as archive:
        archive.console()
        _busybox(archive, backend)
        archive.copy("init", os.path.join(VM_DIR, "guest", "host-init"), 0o755)
        archive.copy("axvm/modules.sh", os.path.join(VM_DIR, "guest", "modules.sh"))
        _copy_module(archive, "axvm/axvm.ko", backend, backend.module)
        for module in [*backend.kernel_modules("HOST_MODULES"),
                       *backend.kernel_modules("KVM_MODULES")]:
            archive.copy("axvm/modules/" + os.path.basename(module), module)
        _copy_files(archive, "axvm/bin", os.path.join(backend.out, "tools"))
        _copy_files(archive, "axvm/bin", os.path.join(backend.out, "programs"))
        _copy_files(archive, "axvm/tests", os.path.join(backend.out, "selftests"),
                    _unwanted(backend, jobs, script))
        _copy_files(archive, "axvm/tests", os.path.join(VM_DIR, "jobs"))
        _copy_guests(archive, backend, jobs, script)


def host(backend, base, path, mode, jobs=(), script=None):
    """base, and on top of it what this VM is to do: the mode of its init, the
    jobs, and a script that can be one of them. The kernel unpacks concatenated
    archives one after the other."""
    settings = {"MODE": mode, "CONSOLE": backend["CONSOLE"], "LATE_LOG": late_log(backend),
                **{key: " ".join(os.path.basename(path) for path in backend.kernel_modules(key))
                   for key in ("HOST_MODULES", "KVM_MODULES")},
                "GUEST_CONSOLE": backend["GUEST_CONSOLE"],
                "GUEST_CMDLINE": backend.of_machine("GUEST_CMDLINE"),
                "GUEST_CPUS": backend.get("GUEST_CPUS"),
                "SCALE": math.ceil(backend.timeout_scale)}
    extra = path + ".jobs"
    with cpio.Archive(extra) as archive:
        archive.text("axvm/vm.conf",
                     "".join(f"{key}='{value}'\n" for key, value in settings.items()))
        archive.text("axvm/jobs", "".join(job.line() + "\n" for job in jobs))
        if script:
            archive.text("axvm/tests/script", f"#!/bin/sh\n{script}\n", 0o755)
    with open(path, "wb") as out:
        for part in (base, extra):
            with open(part, "rb") as file:
                data = file.read()
            out.write(data + b"\0" * (-len(data) % 512))
    os.unlink(extra)


def alone(backend, directory, mode, jobs=(), script=None):
    """The whole initramfs of a VM that is the only one of its run."""
    base, path = os.path.join(directory, "base.cpio"), os.path.join(directory, "initrd")
    host_base(backend, base, jobs, script)
    host(backend, base, path, mode, jobs, script)
    return path
