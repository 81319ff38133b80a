# SPDX-License-Identifier: GPL-2.0-only
#
# The front door of axvm; "make help" says what there is. The module itself is
# described in Kbuild, the builds for the CI VMs are in selftests/vm/build.mk.

# The kernel to build for. A user gives ARCH, CROSS_COMPILE and KDIR as for any
# module; without them it is the running kernel.
MACHINE := $(shell uname -m)
ARCH ?= $(MACHINE)
# kbuild takes the machine's names too, but its directories have others.
arch-of-x86_64 := x86
arch-of-aarch64 := arm64
arch-of-riscv64 := riscv
SRCARCH := $(or $(arch-of-$(ARCH)),$(ARCH))
CROSS_COMPILE ?=
KDIR ?= /lib/modules/$(shell uname -r)/build

DESTDIR ?=
PREFIX ?= /usr/local

# The CI VMs: those in BACKEND, or all that do not say that they are young.
BACKENDS := $(sort $(notdir $(wildcard selftests/vm/backends/*)))
YOUNG := $(notdir $(shell grep -l '^YOUNG = yes' $(addprefix selftests/vm/backends/,$(BACKENDS))))
BACKEND ?= $(filter-out $(YOUNG),$(BACKENDS))
# One is enough to show: the first, but of an x86_64 machine that names none its own sort.
OWN := $(if $(filter x86_64,$(MACHINE)),$(if $(filter file,$(origin BACKEND)),svm))
SHOWN := $(firstword $(OWN) $(BACKEND))
TEST ?=
KERNEL ?=
BENCH ?=

V ?= 0
Q := $(if $(filter 1,$(V)),,@)

OUT := $(CURDIR)/build/local
SUBMAKE := $(if $(Q),--no-print-directory) ARCH=$(SRCARCH) CROSS_COMPILE=$(CROSS_COMPILE) V=$(V)
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR) ARCH=$(SRCARCH) CROSS_COMPILE=$(CROSS_COMPILE)
VM := selftests/vm

.PHONY: all
all: modules tools selftests

.PHONY: modules
modules: | have-backend have-kernel
	$(Q)$(KBUILD) modules

.PHONY: have-backend
have-backend:
	@test -n "$(wildcard arch/$(SRCARCH)/*.[cS])" || { \
	  echo 'axvm has no backend for $(SRCARCH); there is one for:' \
	    '$(sort $(foreach file,$(wildcard arch/*/*.[cS]),$(word 2,$(subst /, ,$(file)))))' \
	    '(see "make help" for ARCH, CROSS_COMPILE and KDIR).' >&2; exit 1; }

.PHONY: have-kernel
have-kernel:
	@test -e $(KDIR)/Makefile || { \
	  echo 'No kernel headers at $(KDIR): install them' \
	    '(Debian: apt install linux-headers-$$(uname -r)) or pass KDIR=DIRECTORY.' >&2; exit 1; }

.PHONY: tools
tools:
	$(Q)$(MAKE) -C tools $(SUBMAKE) OUTPUT=$(OUT)/tools

# The kernel's own headers for tests come with the set-up.
KSFT ?= $(CURDIR)/build/env/kernel-files/tools/testing/selftests

.PHONY: selftests
selftests: | have-backend
	@test -e $(KSFT)/kselftest.h || { \
	  echo 'The tests need kselftest.h: run "make setup",' \
	    'or pass KSFT=(kernel source)/tools/testing/selftests.' >&2; exit 1; }
	$(Q)$(MAKE) -C selftests $(SUBMAKE) KSFT=$(KSFT) OUTPUT=$(OUT)/selftests

.PHONY: modules_install
modules_install: modules
	$(Q)$(KBUILD) INSTALL_MOD_PATH=$(DESTDIR) modules_install

# The tools' own Makefile knows what they are; the rest is for who writes a VMM.
.PHONY: install
install: modules_install tools
	$(Q)$(MAKE) -C tools $(SUBMAKE) OUTPUT=$(OUT)/tools DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/axvm
	$(Q)install -m 644 $(OUT)/tools/libaxvm.a $(DESTDIR)$(PREFIX)/lib
	$(Q)install -m 644 tools/lib/libaxvm.h uapi/*.h $(DESTDIR)$(PREFIX)/include/axvm

# kbuild has no counterpart to modules_install.
.PHONY: uninstall
uninstall: RELEASE = $(shell $(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease)
uninstall: | have-kernel
	$(Q)rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/axvm-run bin/axvm-bench lib/libaxvm.a share/man/man1/axvm-run.1)
	$(Q)rm -rf $(DESTDIR)$(PREFIX)/include/axvm
	$(Q)rm -f $(DESTDIR)/lib/modules/$(RELEASE)/updates/axvm.ko*
	$(Q)! test -e $(DESTDIR)/lib/modules/$(RELEASE)/modules.dep || depmod $(if $(DESTDIR),-b $(DESTDIR)) $(RELEASE)

# What needs the CI VMs. All do their own set-up, which does nothing when done.
.PHONY: setup
setup:
	$(Q)$(VM)/setup $(if $(REFRESH),--refresh) $(if $(SANITIZE),--sanitize) $(BACKEND)

.PHONY: vm-build
vm-build: setup
	$(Q)set -e; for backend in $(BACKEND); do \
	  $(MAKE) --no-print-directory -f $(VM)/build.mk BACKEND=$$backend V=$(V) \
	    SANITIZE=$(SANITIZE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)); done

.PHONY: check
check: vm-build
	$(Q)$(VM)/run check $(BACKEND) $(if $(TEST),--test $(TEST)) $(if $(KERNEL),--kernel $(KERNEL))

.PHONY: check-sanitize
check-sanitize: SANITIZE := 1
check-sanitize: vm-build
	$(Q)$(VM)/run check $(BACKEND) --sanitize $(if $(TEST),--test $(TEST))

.PHONY: static
static: vm-build
	$(Q)$(VM)/run static $(BACKEND)

.PHONY: demo
demo: override BACKEND := $(SHOWN)
demo: vm-build
	$(Q)$(VM)/run demo $(BACKEND)

.PHONY: bench
bench: vm-build
	$(Q)set -e; for backend in $(BACKEND); do $(VM)/run bench $$backend -- $(BENCH); done

.PHONY: shell
shell: override BACKEND := $(SHOWN)
shell: vm-build
	$(Q)$(VM)/run shell $(BACKEND) $(if $(SANITIZE),--sanitize)

.PHONY: clean
clean:
	$(Q)find . -path ./build -prune -o -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' \
	  -o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' \
	  -o -name modules.order -o -name Module.symvers -o -name .module-common.o \
	  -o -name __pycache__ \) -prune -exec rm -rf {} +
	$(Q)rm -rf $(OUT) $(foreach name,$(BACKENDS) $(notdir $(wildcard $(VM)/arch/*)),build/$(name) build/$(name)-sanitize)

.PHONY: distclean
distclean: clean
	$(Q)rm -rf build

.PHONY: help
help:
	@echo 'For the running kernel, or the one in KDIR:'
	@echo '  all (default)    the module, the tools and the tests'
	@echo '  modules          axvm.ko'
	@echo '  tools            axvm-run and its friends, in build/local/tools'
	@echo '  selftests        the test programs, in build/local/selftests'
	@echo '  modules_install  axvm.ko into /lib/modules'
	@echo '  install          axvm.ko, the tools, libaxvm and the headers; uninstall removes them'
	@echo '  clean            remove what was built; distclean also what set-up downloaded'
	@echo
	@echo 'In the CI VMs, which need no special hardware (Debian 12, as root for apt):'
	@echo '  demo             boot a Debian kernel as guest, and use its console'
	@echo '  check            build, check the style and run every test'
	@echo '  check-sanitize   the tests under KASAN, lockdep, UBSAN, kmemleak and failing allocations'
	@echo '                   (builds a kernel the first time: 10 to 20 minutes)'
	@echo '  static           only what needs no VM: style, warnings, sparse, headers, scripts'
	@echo '  bench            count instructions beside KVM: build/bench-BACKEND.tsv'
	@echo '  shell            a shell in a VM, the module inserted'
	@echo '  setup            only the packages and downloads that the others need'
	@echo
	@echo 'Variables:'
	@echo '  ARCH= CROSS_COMPILE= KDIR=   as for any kernel module, for example'
	@echo '      make ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu- KDIR=/path/to/kernel/build'
	@echo '  BACKEND=NAME     which CI VM; there are: $(BACKENDS)'
	@echo '                   (tested only if named, because still young: $(YOUNG);'
	@echo '                   of an x86_64 machine that names none "demo" takes svm)'
	@echo '  TEST=NAME        only this test of "check" and "check-sanitize"'
	@echo '  BENCH=ARGUMENTS  for axvm-bench: only these rows'
	@echo '  REFRESH=1        "setup" asks the mirror for newer versions'
	@echo '  SANITIZE=1       "shell" and "setup" with the sanitizer kernel'
	@echo '  DESTDIR= PREFIX= where "install" puts things (PREFIX is $(PREFIX))'
	@echo '  V=1              show the commands'
