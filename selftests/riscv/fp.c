// SPDX-License-Identifier: GPL-2.0
/*
 * Floating-point and vector state: each guest has its own, and the process too
 */
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "test.h"
#include "fp.h"
#include "sbi.h"

#define FP_WORDS	32
#define VECTOR_BYTES	(32 * VLENB_MAX)
#define VECTOR_WORDS	(VECTOR_BYTES / 8)

#ifndef PR_RISCV_V_GET_CONTROL
#define PR_RISCV_V_GET_CONTROL	70
#endif

static bool guest_has(struct vm *vm, unsigned int extension)
{
	return vm_get_reg(vm, AXVM_RISCV_ISA(extension));
}

static void need(struct vm *vm, unsigned int extension, const char *name)
{
	if (!guest_has(vm, extension))
		test_skip("this machine has no %s", name);
}

/* The process may use vectors too, only if its kernel lets it. */
static bool host_has_vectors(void)
{
	return getauxval(AT_HWCAP) & 1UL << ('V' - 'A') && prctl(PR_RISCV_V_GET_CONTROL) >= 0;
}

/* ------------------------------------------------------------------------- */
/* First use                                                                 */
/* ------------------------------------------------------------------------- */

static __guest void guest_first_fp(void)
{
	__u64 f[FP_WORDS], i;

	/* Off at first: an instruction is illegal, and touches nothing. */
	GUEST_ASSERT_EQ(csr_read(CSR_SSTATUS) & SSTATUS_FS, 0);
	GUEST_ASSERT_TRAPS(asm volatile("fmv.x.d %0, f0" : "=r" (i)), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(CSR_FCSR), TRAP_ILLEGAL);
	csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
	GUEST_ASSERT_EQ(csr_read(CSR_FCSR), 0);
	fp_store(f);
	for (i = 0; i < FP_WORDS; i++)
		GUEST_ASSERT_EQ(f[i], 0);
	/* A write makes the state dirty, for the guest's own kernel to see. */
	asm volatile("fmv.d.x f1, %0" : : "r" (5));
	GUEST_ASSERT_EQ(csr_read(CSR_SSTATUS) & SSTATUS_FS, SSTATUS_FS_DIRTY);
	/* Off again, and on: nothing is lost. */
	csr_clear(CSR_SSTATUS, SSTATUS_FS);
	GUEST_ASSERT_TRAPS(asm volatile("fmv.x.d %0, f0" : "=r" (i)), TRAP_ILLEGAL);
	GUEST_SYNC(1);
	csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
	asm volatile("fmv.x.d %0, f1" : "=r" (i));
	GUEST_ASSERT_EQ(i, 5);
}

/* The process has its registers full of its own when the guest first uses its. */
TEST(fp_first_use)
{
	struct vcpu *vcpu = vcpu_new(guest_first_fp);
	__u64 f[FP_WORDS], i;

	need(vcpu->vm, AXVM_RISCV_ISA_D, "D");
	for (i = 0; i < FP_WORDS; i++)
		f[i] = pattern(1, i);
	fp_load(f);
	vcpu_expect_sync(vcpu, 1);
	vcpu_expect_done(vcpu);
}

static __always_inline bool vectors_trap(void)
{
	__u64 x;

	return guest_try(asm volatile(".option push\n.option arch, +v\n"
				      "vsetvli %0, x0, e8, m1, ta, ma\n"
				      ".option pop" : "=r" (x))) == TRAP_ILLEGAL;
}

static __guest void guest_first_vector(__u64 area)
{
	__u64 *v = (__u64 *)area, i;

	GUEST_ASSERT_EQ(csr_read(CSR_SSTATUS) & SSTATUS_VS, 0);
	GUEST_ASSERT(vectors_trap());
	GUEST_ASSERT_TRAPS(csr_read(CSR_VLENB), TRAP_ILLEGAL);
	csr_set(CSR_SSTATUS, SSTATUS_VS_INITIAL);
	GUEST_ASSERT_EQ(csr_read(CSR_VSTART), 0);
	GUEST_ASSERT_EQ(csr_read(CSR_VCSR), 0);
	vector_store(v);
	for (i = 0; i < 32 * vlenb() / 8; i++)
		GUEST_ASSERT_EQ(v[i], 0);
	GUEST_ASSERT_EQ(csr_read(CSR_SSTATUS) & SSTATUS_VS, SSTATUS_VS);
	GUEST_SYNC(1, vlenb());
}

TEST(vector_first_use)
{
	struct vcpu *vcpu = vcpu_new(guest_first_vector);
	__u64 *v = host_alloc(VECTOR_BYTES, page_size()), i;

	need(vcpu->vm, AXVM_RISCV_ISA_V, "V");
	for (i = 0; i < VECTOR_WORDS; i++)
		v[i] = pattern(1, i);
	vcpu_arg(vcpu, 0, vm_alloc(vcpu->vm, VECTOR_BYTES));
	if (host_has_vectors())
		vector_load(v);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1],
		 vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_VLENB)));
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Without the extension                                                     */
/* ------------------------------------------------------------------------- */

static __guest void guest_without_fp(void)
{
	__u64 x;

	/* The field itself the hardware always has; what counts is what it switches on. */
	csr_set(CSR_SSTATUS, SSTATUS_FS);
	GUEST_ASSERT_TRAPS(asm volatile("fmv.x.d %0, f0" : "=r" (x)), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(CSR_FCSR), TRAP_ILLEGAL);
}

TEST(fp_taken_away)
{
	struct vm *vm = vm_create(0);

	need(vm, AXVM_RISCV_ISA_D, "D");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_F), 0);
	CHECK_EQ(guest_has(vm, AXVM_RISCV_ISA_D), 0);
	vcpu_expect_done(vcpu_create(vm, 0, guest_without_fp));
}

static __guest void guest_without_vectors(void)
{
	csr_set(CSR_SSTATUS, SSTATUS_VS);
	GUEST_ASSERT(vectors_trap());
	GUEST_ASSERT_TRAPS(csr_read(CSR_VLENB), TRAP_ILLEGAL);
}

TEST(vectors_taken_away)
{
	struct vm *vm = vm_create(0);

	need(vm, AXVM_RISCV_ISA_V, "V");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_V), 0);
	vcpu_expect_done(vcpu_create(vm, 0, guest_without_vectors));
}

/* ------------------------------------------------------------------------- */
/* Isolation                                                                 */
/* ------------------------------------------------------------------------- */

#define ROUNDS	200

static bool with_vectors;

/*
 * Load a pattern of its own, leave the guest in one way or another, and look. The
 * last round's pattern is checked before the next one's is loaded.
 */
static __guest void guest_keeps(__u64 area, __u64 seed)
{
	__u64 *load = (__u64 *)area, *store = load + VECTOR_WORDS, i, round;

	csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
	if (READ_ONCE(with_vectors))
		csr_set(CSR_SSTATUS, SSTATUS_VS_INITIAL);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < VECTOR_WORDS; i++)
			load[i] = pattern(seed + round, i);
		csr_write(CSR_FCSR, (seed + round) & 0x1f);
		if (READ_ONCE(with_vectors))
			vector_load(load);
		fp_load(load);
		if (round & 1)
			GUEST_SYNC(1);
		else
			sbi_call(SBI_BASE, SBI_BASE_GET_SPEC_VERSION);
		fp_store(store);
		for (i = 0; i < FP_WORDS; i++)
			GUEST_ASSERT_EQ(store[i], load[i]);
		GUEST_ASSERT_EQ(csr_read(CSR_FCSR) & 0x1f, (seed + round) & 0x1f);
		if (!READ_ONCE(with_vectors))
			continue;
		vector_store(store);
		for (i = 0; i < 32 * vlenb() / 8; i++)
			GUEST_ASSERT_EQ(store[i], load[i]);
	}
}

static struct vcpu *keeping_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = vcpu_create(vm, id, guest_keeps);

	*guest_var(vm, with_vectors) = guest_has(vm, AXVM_RISCV_ISA_V);
	vcpu_arg(vcpu, 0, vm_alloc(vm, 2 * VECTOR_BYTES));
	vcpu_arg(vcpu, 1, (__u64)vcpu * 77);
	return vcpu;
}

/*
 * The process's registers, across one RUN. Nothing may touch them in between: the
 * ioctl is made here, and the compiler is told what it must not use.
 */
static long run_with_registers(int fd, const __u64 *load, __u64 *store, bool vectors)
{
	register long a0 asm("a0") = fd;
	register long a1 asm("a1") = AXVM_RUN;
	register long a2 asm("a2") = 0;
	register long a7 asm("a7") = __NR_ioctl;

	fp_load(load);
	if (vectors)
		vector_load(load);
	asm volatile("ecall" : "+r" (a0) : "r" (a1), "r" (a2), "r" (a7) : "memory");
	if (vectors)
		vector_store(store + VECTOR_WORDS);
	fp_store(store);
	return a0;
}

static void *check_host_and_guest(void *data)
{
	struct vcpu *vcpu = data;
	__u64 *load = calloc(3, VECTOR_BYTES), *store = load + VECTOR_WORDS;
	__u64 i, round, syncs = 0;
	struct ucall uc;

	for (round = 0;; round++) {
		for (i = 0; i < VECTOR_WORDS; i++)
			load[i] = pattern(round ^ (__u64)vcpu, i);
		CHECK_EQ(run_with_registers(vcpu->ax.fd, load, store, false), 0);
		for (i = 0; i < FP_WORDS; i++)
			CHECK_EQ(store[i], load[i]);
		if (vcpu->ax.exit->reason == AXVM_EXIT_NOTHING)
			continue;
		CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_MMIO_WRITE);
		syncs++;
		uc = *(struct ucall *)vm_hva(vcpu->vm, vcpu->ax.exit->mmio.data);
		if (uc.kind == UCALL_FAIL)
			check_failed((struct where){ uc.file, uc.line }, "%s (0x%llx, 0x%llx)",
				     uc.text, uc.args[0], uc.args[1]);
		if (uc.kind == UCALL_DONE)
			break;
		CHECK_EQ(uc.kind, UCALL_SYNC);
	}
	CHECK_EQ(syncs, ROUNDS / 2 + 1);
	return NULL;
}

TEST(guest_and_process)
{
	struct vm *vm = vm_create(0);

	need(vm, AXVM_RISCV_ISA_D, "D");
	check_host_and_guest(keeping_vcpu(vm, 0));
}

/* More threads than CPUs, all of them with guests, from VMs that share a CPU. */
TEST(guests_and_threads)
{
	struct vm *vms[2] = { vm_create(0), vm_create(0) };
	pthread_t threads[6];
	unsigned int i;

	need(vms[0], AXVM_RISCV_ISA_D, "D");
	for (i = 0; i < 6; i++)
		threads[i] = thread_start(check_host_and_guest, keeping_vcpu(vms[i & 1], i));
	for (i = 0; i < 6; i++)
		thread_join(threads[i]);
}

/* One thread that runs two guests in turn. */
TEST(guests_in_turn)
{
	struct vcpu *a = keeping_vcpu(vm_create(0), 0), *b = keeping_vcpu(vm_create(0), 0);
	unsigned int i;

	need(a->vm, AXVM_RISCV_ISA_D, "D");
	for (i = 0; i < ROUNDS / 2; i++) {
		vcpu_expect_sync(a, 1);
		vcpu_expect_sync(b, 1);
	}
	vcpu_expect_done(a);
	vcpu_expect_done(b);
}

/* A vCPU that goes from thread to thread and CPU to CPU takes its state along. */
static void *run_one_sync(void *data)
{
	vcpu_expect_sync((struct vcpu *)data, 1);
	return NULL;
}

TEST(migrating_guest)
{
	struct vcpu *vcpu = keeping_vcpu(vm_create(0), 0);
	unsigned int i;

	need(vcpu->vm, AXVM_RISCV_ISA_D, "D");
	for (i = 0; i < ROUNDS / 2; i++) {
		move_to_cpu(host_cpu(i % host_cpus()));
		thread_join(thread_start(run_one_sync, vcpu));
	}
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* The process's vectors                                                     */
/* ------------------------------------------------------------------------- */

/*
 * By the kernel's own rule the vector registers do not survive a system call: but
 * what is in them then must not be another's. The guest has a mark in all of its.
 */
#define MARK	0x6d61726b6d61726bULL

static __guest void guest_marks(__u64 area)
{
	__u64 *v = (__u64 *)area, i;

	for (i = 0; i < VECTOR_WORDS; i++)
		v[i] = MARK;
	csr_set(CSR_SSTATUS, SSTATUS_VS_INITIAL | SSTATUS_FS_INITIAL);
	for (;;) {
		vector_load(v);
		fp_load(v);
		GUEST_SYNC(1);
	}
}

TEST(guest_vectors_do_not_leak)
{
	struct vcpu *vcpu = vcpu_new(guest_marks);
	__u64 *load = calloc(3, VECTOR_BYTES), *store = load + VECTOR_WORDS;
	unsigned int i, round;

	need(vcpu->vm, AXVM_RISCV_ISA_V, "V");
	if (!host_has_vectors())
		test_skip("the process has no vectors");
	vcpu_arg(vcpu, 0, vm_alloc(vcpu->vm, VECTOR_BYTES));
	for (round = 0; round < 20; round++) {
		CHECK_EQ(run_with_registers(vcpu->ax.fd, load, store, true), 0);
		for (i = 0; i < 2 * VECTOR_WORDS; i++)
			CHECK_NE(store[i], MARK);
	}
}

TEST_HARNESS_MAIN
