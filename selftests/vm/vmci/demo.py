# SPDX-License-Identifier: GPL-2.0-only
"""The main job, shown: a CI VM inserts the module and boots a stock kernel as
guest, whose console is then used. It fails unless all of that happens."""

import os
import re
import shlex
import tempfile
import time

from . import initramfs
from .backend import Problem, TOP
from .expect import Console
from .machine import Machine, cmdline

CPUS = 2
HOST = "axvm-host# "
GUEST = "axvm-guest# "
BOOT_SECONDS = 240
SECONDS = 60


class Screen:
    """What a person sees: headings, and the console's lines below them. What the
    VM's firmware says is only for who looks for an error."""

    def __init__(self):
        self.hidden = []
        self.visible = False

    def heading(self, text):
        print(f"\n=== {text}", flush=True)

    def line(self, text):
        if self.visible:
            print(f"  | {text}", flush=True)
        else:
            self.hidden.append(text)

    def failed(self, problem, log):
        for text in self.hidden[-20:]:
            print(f"  | {text}")
        print(f"\ndemo FAILED: {problem}\n  The host kernel's log: {os.path.relpath(log, TOP)}")


class Demo:
    """The steps, each of which raises a Problem if it is not as it should be."""

    def __init__(self, backend, machine, screen):
        self.backend, self.screen = backend, screen
        self.console = Console(machine, screen.line)
        self.summary = []
        self.seconds = SECONDS * backend.timeout_scale
        self.boot_seconds = BOOT_SECONDS * backend.timeout_scale

    def host(self, line, wanted):
        """A command in the host, and what its answer must contain."""
        answer, _ = self.console.command(line, HOST, self.seconds)
        match = re.search(wanted, answer, re.M)
        if not match:
            raise Problem(f'the host answered "{line}" without /{wanted}/')
        return match.group()

    def guest(self, line, wanted):
        answer, prompt = self.console.command(line, f"{GUEST}|{HOST}", self.seconds)
        if prompt == HOST:
            raise Problem(f'axvm-run ended at "{line}"')
        match = re.search(wanted, answer, re.M)
        if not match:
            raise Problem(f'the guest answered "{line}" without /{wanted}/')
        return match.group()

    def insert(self):
        emulator = shlex.split(self.backend["EMULATOR"])[0]
        self.screen.heading(f"{emulator} boots a Debian kernel, and the module is inserted")
        self.console.expect(HOST, self.boot_seconds, "the CI VM's shell")
        self.screen.visible = True
        self.host("uname -a", r"^Linux axvm-ci .*")
        self.host("lsmod", r"^axvm ")
        self.host("ls -l /dev/axvm", r"^crw.*/dev/axvm$")
        said = self.host("dmesg | grep axvm:", r"axvm: (?!loading|module).*")
        self.summary.append(("module", f'axvm.ko is in, and said "{said}"'))

    def boot(self):
        self.screen.heading(f"In it, axvm-run boots Debian's kernel as guest, with {CPUS} vCPUs")
        command = (f"axvm-run --cpus {CPUS} --memory 512M --initrd /axvm/guest/initrd"
                   f" --append console={self.backend['GUEST_CONSOLE']} /axvm/guest/Image")
        _, prompt = self.console.command(command, f"{GUEST}|{HOST}", self.boot_seconds)
        if prompt == HOST:
            raise Problem("axvm-run ended before the guest had a shell")

    def use(self):
        self.screen.heading("The guest has a shell: commands are typed at its console")
        kernel = self.guest("uname -a", r"^Linux axvm-guest \S+ .*GNU/Linux$")
        self.guest("nproc", rf"^{CPUS}$")
        self.guest("head -n 4 /proc/cpuinfo", r"^processor\s*: 0$")
        self.guest("free -m", r"^Mem: +[34]\d\d ")
        self.guest("echo $((6 * 7)) is typed and computed", r"^42 is")
        self.summary += [("guest", f"{kernel}"),
                         ("console", f"its shell answered, on {CPUS} vCPUs")]

    def power_off(self):
        self.screen.heading("poweroff in the guest ends axvm-run")
        text, _ = self.console.command("poweroff", HOST, self.seconds)
        said = re.search(r"^axvm-run: .*", text, re.M)
        status = self.host("echo status $?", r"^status \d+$")
        if not said or status != "status 0":
            raise Problem(f"axvm-run ended with {status} after the guest's poweroff")
        self.summary.append(("end", f'"{said.group()}", exit {status}'))
        self.console.machine.type("exit\n")

    def play(self):
        self.insert()
        self.boot()
        self.use()
        self.power_off()


def _show_summary(backend, demo, seconds):
    print(f"\ndemo passed ({backend.name}, {seconds:.0f} s)")
    for what, text in demo.summary:
        print(f"  {what:<8} {text}")


# An extension by its flag in /proc/cpuinfo: its name, and the module of KVM that would hold it.
_EXTENSIONS = {"vmx": ("VMX", "kvm_intel"), "svm": ("SVM", "kvm_amd")}

_OWN = """
This machine's own CPU has {name}: all this runs on it directly, without an emulator. As root:
  apt install build-essential linux-headers-$(uname -r) acpica-tools
  make modules tools
{remove}  insmod axvm.ko
  build/local/tools/axvm-run --memory 1G --initrd /boot/initrd.img-$(uname -r) \\
      --append console=ttyS0 /boot/vmlinuz-$(uname -r)
README.md has more, at "Use it on a real machine"."""


def own_machine(cpuinfo, modules):
    """What to do on a machine that needs no emulator; nothing if it does. @cpuinfo and
    @modules are what the kernel says in /proc/cpuinfo and /proc/modules."""
    line = re.search(r"^flags\s*:(.*)", cpuinfo, re.M)
    flags = line.group(1).split() if line else []
    for flag, (name, module) in _EXTENSIONS.items():
        if flag in flags:
            loaded = re.search(rf"^{module} ", modules, re.M)
            return _OWN.format(name=name, remove=f"  rmmod {module}\n" if loaded else "")
    return ""


def _read(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _show_own_machine():
    text = own_machine(_read("/proc/cpuinfo"), _read("/proc/modules"))
    if text:
        print(text)


def run(backend):
    began = time.monotonic()
    os.makedirs(backend.log, exist_ok=True)
    log = os.path.join(backend.log, "demo-kernel.log")
    screen = Screen()
    with tempfile.TemporaryDirectory() as directory:
        initrd = initramfs.alone(backend, directory, "shell")
        with Machine(backend, initrd, cmdline(backend), log) as machine:
            demo = Demo(backend, machine, screen)
            try:
                demo.play()
            except Problem as problem:
                screen.failed(problem, log)
                return 1
    _show_summary(backend, demo, time.monotonic() - began)
    _show_own_machine()
    return 0
