// SPDX-License-Identifier: GPL-2.0
/*
 * x86: what the guest's CPUID says of its topology
 *
 * All else is what the module supports on this host, its paravirtual clock included. What
 * the host's processor says of its own cores and caches would not be so for the guest.
 */
#include <errno.h>
#include <string.h>

#include "cpuid.h"
#include "libaxvm.h"
#include "report.h"
#include "types.h"

enum { EAX, EBX, ECX, EDX, REGISTERS };

struct leaf {
	u32 leaf;
	u32 subleaf;
	u32 reg[REGISTERS];
};

/* Most subleaves of one that are looked at. */
#define MAX_SUBLEAVES	8

#define VENDOR			0x0
#define FEATURES		0x1
#define CACHES			0x4
#define EXTENDED_TOPOLOGY	0xb
#define EXTENDED_TOPOLOGY_V2	0x1f
#define EXTENDED_FEATURES	0x80000001
#define SIZES			0x80000008
#define AMD_CACHES		0x8000001d
#define AMD_TOPOLOGY		0x8000001e

#define FEATURES_EDX_HTT	BIT(28)
#define EXTENDED_ECX_CMP_LEGACY	BIT(1)
#define EXTENDED_ECX_TOPOEXT	BIT(22)

/* Levels of leaf 0BH. */
#define LEVEL_THREAD		1
#define LEVEL_CORE		2

static u64 id_of(const struct leaf *leaf, unsigned int reg)
{
	return AXVM_X86_CPUID(leaf->leaf, leaf->subleaf, reg);
}

static int bad_leaf(const struct leaf *leaf, const char *what, int error)
{
	return fail("cannot %s the guest's CPUID leaf %#x: %s", what, leaf->leaf,
		    strerror(-error));
}

/* A leaf that is not there is all zeros. */
static int get(int vm, struct leaf *leaf)
{
	struct axvm_reg regs[REGISTERS];
	int ret;

	for (unsigned int i = 0; i < REGISTERS; i++)
		regs[i] = (struct axvm_reg){ .id = id_of(leaf, i) };
	ret = axvm_get_regs(vm, regs, REGISTERS, NULL);
	if (ret && ret != -ENOENT)
		return bad_leaf(leaf, "read", ret);
	for (unsigned int i = 0; i < REGISTERS; i++)
		leaf->reg[i] = regs[i].value;
	return 0;
}

static int put(int vm, const struct leaf *leaf)
{
	struct axvm_reg regs[REGISTERS];
	int ret;

	for (unsigned int i = 0; i < REGISTERS; i++)
		regs[i] = (struct axvm_reg){ id_of(leaf, i), leaf->reg[i] };
	ret = axvm_set_regs(vm, regs, REGISTERS, NULL);
	return ret ? bad_leaf(leaf, "set", ret) : 0;
}

static bool is_empty(const struct leaf *leaf)
{
	return !(leaf->reg[EAX] | leaf->reg[EBX] | leaf->reg[ECX] | leaf->reg[EDX]);
}

/* Bits that hold the numbers 0 to @cpus - 1. */
static unsigned int bits_for(unsigned int cpus)
{
	unsigned int bits = 0;

	while ((1U << bits) < cpus)
		bits++;
	return bits;
}

static u32 at_most(u32 value, u32 most)
{
	return value < most ? value : most;
}

static int set_features(int vm, unsigned int cpus)
{
	struct leaf leaf = { .leaf = FEATURES };

	if (get(vm, &leaf))
		return -1;
	leaf.reg[EBX] = (leaf.reg[EBX] & 0xff00ffff) | at_most(cpus, 255) << 16;
	leaf.reg[EDX] &= ~FEATURES_EDX_HTT;
	if (cpus > 1)
		leaf.reg[EDX] |= FEATURES_EDX_HTT;
	return put(vm, &leaf);
}

/* Each core has its own first and second level; all share the third. */
static int set_caches(int vm, unsigned int cpus)
{
	u32 cores = at_most((1U << bits_for(cpus)) - 1, 0x3f);
	u32 sharing = at_most((1U << bits_for(cpus)) - 1, 0xfff);

	for (u32 i = 0; i < MAX_SUBLEAVES; i++) {
		struct leaf leaf = { .leaf = CACHES, .subleaf = i };
		u32 *eax = &leaf.reg[EAX];

		if (get(vm, &leaf))
			return -1;
		if (!(*eax & 0x1f))
			break;
		*eax = (*eax & 0x3fff) | cores << 26;
		if ((*eax >> 5 & 7) >= 3)
			*eax |= sharing << 14;
		if (put(vm, &leaf))
			return -1;
	}
	return 0;
}

/* One thread a core, @cpus cores. The APIC id in EDX is each vCPU's own. */
static int set_extended_topology(int vm, unsigned int cpus)
{
	struct leaf threads = {
		EXTENDED_TOPOLOGY, 0, { 0, 1, LEVEL_THREAD << 8 | 0, 0 }
	};
	struct leaf cores = {
		EXTENDED_TOPOLOGY, 1, { bits_for(cpus), cpus, LEVEL_CORE << 8 | 1, 0 }
	};
	struct leaf vendor = { .leaf = VENDOR };

	if (get(vm, &vendor))
		return -1;
	if (vendor.reg[EAX] < EXTENDED_TOPOLOGY)
		return 0;
	return put(vm, &threads) || put(vm, &cores) ? -1 : 0;
}

static int clear_from(int vm, u32 number, u32 subleaf)
{
	for (; subleaf < MAX_SUBLEAVES; subleaf++) {
		struct leaf leaf = { .leaf = number, .subleaf = subleaf };

		if (get(vm, &leaf))
			return -1;
		if (is_empty(&leaf))
			continue;
		memset(leaf.reg, 0, sizeof(leaf.reg));
		if (put(vm, &leaf))
			return -1;
	}
	return 0;
}

static bool is_amd(const struct leaf *vendor)
{
	char name[12];

	memcpy(name, &vendor->reg[EBX], 4);
	memcpy(name + 4, &vendor->reg[EDX], 4);
	memcpy(name + 8, &vendor->reg[ECX], 4);
	return !memcmp(name, "AuthenticAMD", 12) || !memcmp(name, "HygonGenuine", 12);
}

static int set_amd_features(int vm, unsigned int cpus)
{
	struct leaf vendor = { .leaf = VENDOR };
	struct leaf features = { .leaf = EXTENDED_FEATURES };

	if (get(vm, &vendor) || get(vm, &features))
		return -1;
	if (!is_amd(&vendor))
		return 0;
	features.reg[ECX] &= ~(EXTENDED_ECX_CMP_LEGACY | EXTENDED_ECX_TOPOEXT);
	/* Those that leaf 1 counts are cores. */
	if (cpus > 1)
		features.reg[ECX] |= EXTENDED_ECX_CMP_LEGACY;
	return put(vm, &features);
}

/*
 * AMD's own leaves have numbers that differ from core to core, which one table for all
 * vCPUs cannot tell; without them this one says enough.
 */
static int set_amd_topology(int vm, unsigned int cpus)
{
	struct leaf sizes = { .leaf = SIZES };

	if (get(vm, &sizes))
		return -1;
	if (!is_empty(&sizes)) {
		sizes.reg[ECX] = (sizes.reg[ECX] & 0xffff0f00) | bits_for(cpus) << 12 |
				 at_most(cpus - 1, 0xff);
		if (put(vm, &sizes))
			return -1;
	}
	if (set_amd_features(vm, cpus))
		return -1;
	return clear_from(vm, AMD_CACHES, 0) || clear_from(vm, AMD_TOPOLOGY, 0) ? -1 : 0;
}

int cpuid_set_topology(int vm, unsigned int cpus)
{
	if (set_features(vm, cpus) || set_caches(vm, cpus) || set_extended_topology(vm, cpus) ||
	    clear_from(vm, EXTENDED_TOPOLOGY, 2) || clear_from(vm, EXTENDED_TOPOLOGY_V2, 0))
		return -1;
	return set_amd_topology(vm, cpus);
}
