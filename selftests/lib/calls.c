// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl that takes an argument, as data
 */
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arch.h"
#include "calls.h"

#define DEVICE_GPA	(MMIO_GPA + 0x1000000)
/* Far from what tests map. */
#define CALL_GPA	(TEST_GPA + 0x40000000)

static __guest void guest_idle(void)
{
}

#ifdef ARCH_DEVICE_TYPE
static void make_device(struct files *files)
{
	files->fd[FILE_DEVICE] = CHECK_OK(axvm_create_device(files->fd[FILE_VM], ARCH_DEVICE_TYPE,
							     DEVICE_GPA, FILES_DEVICE_IRQS));
}
#else
static void make_device(struct files *files)
{
	(void)files;
}
#endif

void files_open(struct files *files)
{
	files->vcpu = vcpu_new(guest_idle);
	files->fd[FILE_SYSTEM] = system_fd();
	files->fd[FILE_VM] = files->vcpu->vm->fd;
	files->fd[FILE_VCPU] = files->vcpu->ax.fd;
	make_device(files);
}

long files_ioctl(struct files *files, enum file_kind kind, unsigned long nr, void *arg)
{
	int ret = ioctl(files->fd[kind], nr, arg);

	return ret < 0 ? -errno : ret;
}

static void nothing(struct files *files, void *arg, long ret)
{
	(void)files;
	(void)arg;
	(void)ret;
}

static void close_result(struct files *files, void *arg, long ret)
{
	(void)files;
	(void)arg;
	if (ret >= 0)
		close(ret);
}

/* Fill an argument of type @type; what is not named is 0. */
#define ARG(type, ...) \
	(*(struct type *)arg = (struct type){ .size = sizeof(struct type), ##__VA_ARGS__ })

static void prepare_system_info(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_system_info);
}

static void prepare_create_vm(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_create_vm);
}

static void prepare_vm_info(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_vm_info);
}

static void prepare_create_vcpu(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_create_vcpu, .id = 17, .home_cpu = AXVM_HOME_ANY);
}

static void *any_memory(void)
{
	static void *page;

	if (!page)
		page = host_alloc(page_size(), page_size());
	return page;
}

static void take_memory(struct files *files)
{
	axvm_mem_unmap(files->fd[FILE_VM], CALL_GPA, page_size());
}

static void give_memory(struct files *files)
{
	take_memory(files);
	/* Fails in a process that is not the VM's; there the call is to fail too. */
	axvm_mem_map(files->fd[FILE_VM], CALL_GPA, any_memory(), page_size(), MEM_RW);
}

static void prepare_mem_map(struct files *files, void *arg)
{
	take_memory(files);
	ARG(axvm_memory, .flags = MEM_RW, .gpa = CALL_GPA, .len = page_size(),
	    .hva = (__u64)any_memory());
}

static void prepare_mem_unmap(struct files *files, void *arg)
{
	give_memory(files);
	ARG(axvm_memory, .gpa = CALL_GPA, .len = page_size());
}

static void prepare_mem_protect(struct files *files, void *arg)
{
	give_memory(files);
	ARG(axvm_memory, .flags = MEM_RWX, .gpa = CALL_GPA, .len = page_size());
}

static void prepare_mem_replace(struct files *files, void *arg)
{
	give_memory(files);
	ARG(axvm_memory, .flags = MEM_RW, .gpa = CALL_GPA, .len = page_size(),
	    .hva = (__u64)any_memory());
}

static void undo_memory(struct files *files, void *arg, long ret)
{
	(void)arg;
	(void)ret;
	take_memory(files);
}

static void prepare_get_dirty(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_dirty, .gpa = CALL_GPA, .len = 64 * page_size(), .bitmap = (__u64)any_memory());
}

static struct axvm_reg one_reg;

static void prepare_vm_regs(struct files *files, void *arg)
{
	(void)files;
	one_reg = (struct axvm_reg){ .id = AXVM_REG_VM_EXITS };
	ARG(axvm_regs, .count = 1, .regs = (__u64)&one_reg);
}

static void prepare_vcpu_regs(struct files *files, void *arg)
{
	(void)files;
	one_reg = (struct axvm_reg){ .id = AXVM_REG_RUN_STATE };
	ARG(axvm_regs, .count = 1, .regs = (__u64)&one_reg);
}

static void prepare_reg_list(struct files *files, void *arg)
{
	static __u64 ids[AXVM_MAX_REGS];

	(void)files;
	ARG(axvm_reg_list, .count = AXVM_MAX_REGS, .ids = (__u64)ids);
}

static void prepare_vcpu_info(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_vcpu_info);
}

static void prepare_bind(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_bind, .home_cpu = AXVM_HOME_ANY);
}

static void prepare_vcpu_irq(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_irq_line, .irq = ARCH_IRQ_INPUT);
}

static void prepare_stats(struct files *files, void *arg)
{
	static struct axvm_stat stats[128];

	(void)files;
	ARG(axvm_stats, .count = 128, .stats = (__u64)stats);
}

static void prepare_msi(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_msi, .address = ARCH_MSI_ADDRESS, .data = ARCH_MSI_DATA);
}

#ifdef ARCH_DEVICE_TYPE
/* There can be only one: make room for it, then put the old one back. */
static void prepare_create_device(struct files *files, void *arg)
{
	close(files->fd[FILE_DEVICE]);
	ARG(axvm_create_device, .type = ARCH_DEVICE_TYPE, .irqs = 8, .gpa = DEVICE_GPA);
}

static void undo_create_device(struct files *files, void *arg, long ret)
{
	(void)arg;
	if (ret >= 0)
		close(ret);
	make_device(files);
}

static void prepare_regs(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_regs);
}

static void prepare_device_info(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_device_info);
}

static void prepare_device_irq(struct files *files, void *arg)
{
	(void)files;
	ARG(axvm_irq_line, .irq = 1);
}
#endif

/* One entry; the structure is also the place of flags and padding. */
#define CALL(_kind, _nr, _type, _prepare, _undo, ...) {		\
	.name = #_nr,						\
	.nr = _nr,						\
	.kind = FILE_##_kind,					\
	.size = sizeof(struct _type),				\
	.prepare = _prepare,					\
	.undo = _undo,						\
	##__VA_ARGS__						\
}

#define FLAGS(_type, _known)	.flags_at = offsetof(struct _type, flags), .flags = _known
#define PAD(_type)		.pad_at = offsetof(struct _type, pad)
#define OUT			.writes = true
#define ANYWHERE		.anywhere = true

const struct call calls[] = {
	CALL(SYSTEM, AXVM_GET_INFO, axvm_system_info, prepare_system_info, nothing, OUT, ANYWHERE),
	CALL(SYSTEM, AXVM_CREATE_VM, axvm_create_vm, prepare_create_vm, close_result,
	     FLAGS(axvm_create_vm, 0)),

	CALL(VM, AXVM_GET_INFO, axvm_vm_info, prepare_vm_info, nothing, OUT, ANYWHERE),
	CALL(VM, AXVM_CREATE_VCPU, axvm_create_vcpu, prepare_create_vcpu, close_result,
	     FLAGS(axvm_create_vcpu, AXVM_VCPU_STOPPED), PAD(axvm_create_vcpu)),
	CALL(VM, AXVM_SEND_MSI, axvm_msi, prepare_msi, nothing, FLAGS(axvm_msi, 0),
	     PAD(axvm_msi), .error = ARCH_MSI_ERROR),
	CALL(VM, AXVM_MEM_MAP, axvm_memory, prepare_mem_map, undo_memory,
	     FLAGS(axvm_memory, MEM_RWX | AXVM_MEM_LOG_DIRTY)),
	CALL(VM, AXVM_MEM_UNMAP, axvm_memory, prepare_mem_unmap, undo_memory,
	     FLAGS(axvm_memory, 0)),
	CALL(VM, AXVM_MEM_PROTECT, axvm_memory, prepare_mem_protect, undo_memory,
	     FLAGS(axvm_memory, MEM_RWX | AXVM_MEM_LOG_DIRTY)),
	CALL(VM, AXVM_MEM_REPLACE, axvm_memory, prepare_mem_replace, undo_memory,
	     FLAGS(axvm_memory, MEM_RWX | AXVM_MEM_LOG_DIRTY)),
	CALL(VM, AXVM_MEM_GET_DIRTY, axvm_dirty, prepare_get_dirty, nothing, FLAGS(axvm_dirty, 0)),
	CALL(VM, AXVM_GET_REGS, axvm_regs, prepare_vm_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(VM, AXVM_SET_REGS, axvm_regs, prepare_vm_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(VM, AXVM_GET_REG_LIST, axvm_reg_list, prepare_reg_list, nothing, OUT),

	CALL(VCPU, AXVM_GET_INFO, axvm_vcpu_info, prepare_vcpu_info, nothing, OUT, ANYWHERE),
	CALL(VCPU, AXVM_GET_REGS, axvm_regs, prepare_vcpu_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(VCPU, AXVM_SET_REGS, axvm_regs, prepare_vcpu_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(VCPU, AXVM_GET_REG_LIST, axvm_reg_list, prepare_reg_list, nothing, OUT),
	CALL(VCPU, AXVM_BIND, axvm_bind, prepare_bind, nothing),
	CALL(VCPU, AXVM_SET_IRQ, axvm_irq_line, prepare_vcpu_irq, nothing, PAD(axvm_irq_line)),
	CALL(VCPU, AXVM_GET_STATS, axvm_stats, prepare_stats, nothing, OUT, ANYWHERE),

#ifdef ARCH_DEVICE_TYPE
	CALL(DEVICE, AXVM_GET_INFO, axvm_device_info, prepare_device_info, nothing, OUT, ANYWHERE),
	CALL(DEVICE, AXVM_GET_REGS, axvm_regs, prepare_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(DEVICE, AXVM_SET_REGS, axvm_regs, prepare_regs, nothing, OUT, PAD(axvm_regs)),
	CALL(DEVICE, AXVM_GET_REG_LIST, axvm_reg_list, prepare_reg_list, nothing, OUT),
	CALL(DEVICE, AXVM_SET_IRQ, axvm_irq_line, prepare_device_irq, nothing, PAD(axvm_irq_line)),

	/* The last one: a child that only prepares it is left without a device. */
	CALL(VM, AXVM_CREATE_DEVICE, axvm_create_device, prepare_create_device, undo_create_device,
	     FLAGS(axvm_create_device, 0)),
#endif
};

const unsigned int nr_calls = ARRAY_SIZE(calls);
