# SPDX-License-Identifier: GPL-2.0-only
#
# Builds for one CI VM: the module for each kernel that is a host there, the tools
# and the tests. They go to build/$(ARCH), since all backends of an architecture
# share them. Called by the front door after the set-up.

TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)

# Only KEY = value lines: what a backend is, and where set-up put its files.
include $(TOP)/selftests/vm/backends/$(BACKEND)
include $(TOP)/selftests/vm/arch/$(ARCH)
include $(TOP)/build/env/$(DEB_ARCH)/env.mk

OUT := $(TOP)/build/$(ARCH)
# One of the kernels, or "sanitize"; where it is built, and where its module.
KERNEL ?= $(if $(SANITIZE),sanitize,$(firstword $(KERNELS)))
ENV := $(TOP)/build/env/$(DEB_ARCH)
MODULE_OUT = $(OUT)/module-$(KERNEL)
MODULE_KDIR = $(if $(filter sanitize,$(KERNEL)),$(ENV)-sanitize,$(ENV)/$(KERNEL)/kdir)
SUBMAKE := --no-print-directory ARCH=$(ARCH) CROSS_COMPILE=$(CROSS_COMPILE) V=$(V)
Q := $(if $(filter 1,$(V)),,@)

# What the module is made of. Kernels before 6.13 build a module only where its
# sources are, so each build gets a directory of links to them.
MODULE_SOURCES := $(wildcard $(addprefix $(TOP)/,Kbuild *.c arch include io mmu uapi vcpu))

.PHONY: all
all: modules tools selftests programs

# Each with a make of its own: two kernels have nothing in common.
MODULES := $(addprefix module-,$(if $(SANITIZE),sanitize,$(KERNELS)))
.PHONY: modules $(MODULES)
modules: $(MODULES)
$(MODULES): module-%:
	+$(Q)$(MAKE) --no-print-directory -f $(TOP)/selftests/vm/build.mk KERNEL=$* module

.PHONY: module
module:
	$(Q)mkdir -p $(MODULE_OUT)
	$(Q)cp -asf $(MODULE_SOURCES) $(MODULE_OUT)/
	$(Q)find $(MODULE_OUT) -xtype l -delete
	+$(Q)$(MAKE) --no-print-directory -C $(MODULE_KDIR) M=$(MODULE_OUT) ARCH=$(ARCH) \
	  CROSS_COMPILE=$(CROSS_COMPILE) $(KBUILD_ARGS) $(MODULE_FLAGS) modules

.PHONY: tools
tools:
	+$(Q)$(MAKE) -C $(TOP)/tools $(SUBMAKE) OUTPUT=$(OUT)/tools STATIC=1 \
	  LIBFDT_CFLAGS='$(LIBFDT_CFLAGS)' LIBFDT_LIBS='$(LIBFDT_LIBS)'

.PHONY: selftests
selftests:
	+$(Q)$(MAKE) -C $(TOP)/selftests $(SUBMAKE) OUTPUT=$(OUT)/selftests KSFT=$(KSFT)

# What the jobs need besides a shell.
.PHONY: programs
programs: $(OUT)/programs/onpty

$(OUT)/programs/%: $(TOP)/selftests/vm/programs/%.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o $@ $<
