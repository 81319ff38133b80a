// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * The vCPU file: create, run, kick, bind
 */
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

int axvm_get_vcpu_info(int vcpu, struct axvm_vcpu_info *info)
{
	*info = (struct axvm_vcpu_info){ .size = sizeof(*info) };
	return axvm_ioctl(vcpu, AXVM_GET_INFO, info);
}

/* Map one of a vCPU's pages; NULL with errno set if that fails. */
static void *map_page(int fd, __u64 offset, __u64 len, int prot)
{
	void *page = mmap(NULL, len, prot, MAP_SHARED, fd, offset);

	return page == MAP_FAILED ? NULL : page;
}

static int map_pages(struct axvm_vcpu *vcpu)
{
	struct axvm_vcpu_info info;
	int ret;

	ret = axvm_get_vcpu_info(vcpu->fd, &info);
	if (ret)
		return ret;
	if (info.exit_len < sizeof(*vcpu->exit) || info.request_len < sizeof(*vcpu->request))
		return -EPROTO;

	vcpu->exit_len = info.exit_len;
	vcpu->exit = map_page(vcpu->fd, info.exit_offset, info.exit_len, PROT_READ);
	if (!vcpu->exit)
		return -errno;

	vcpu->request_len = info.request_len;
	vcpu->request = map_page(vcpu->fd, info.request_offset, info.request_len,
				 PROT_READ | PROT_WRITE);
	if (!vcpu->request)
		return -errno;
	vcpu->request->size = sizeof(*vcpu->request);
	return 0;
}

int axvm_create_vcpu(int vm, struct axvm_vcpu *vcpu, __u64 id, __u32 flags, int home_cpu)
{
	struct axvm_create_vcpu arg = {
		.size = sizeof(arg),
		.flags = flags,
		.id = id,
		.home_cpu = home_cpu,
	};
	int ret;

	*vcpu = (struct axvm_vcpu){ .fd = -1 };
	ret = axvm_ioctl(vm, AXVM_CREATE_VCPU, &arg);
	if (ret < 0)
		return ret;
	vcpu->fd = ret;

	ret = map_pages(vcpu);
	if (ret)
		axvm_destroy_vcpu(vcpu);
	return ret;
}

void axvm_destroy_vcpu(struct axvm_vcpu *vcpu)
{
	if (vcpu->fd < 0)
		return;
	if (vcpu->exit)
		munmap((void *)vcpu->exit, vcpu->exit_len);
	if (vcpu->request)
		munmap(vcpu->request, vcpu->request_len);
	close(vcpu->fd);
	*vcpu = (struct axvm_vcpu){ .fd = -1 };
}

static int run_once(struct axvm_vcpu *vcpu)
{
	int ret = axvm_ioctl(vcpu->fd, AXVM_RUN, NULL);

	/* With these the module has not acted on the request. */
	if (ret != -EINVAL && ret != -EBUSY && ret != -EPERM)
		vcpu->request->flags = 0;
	return ret;
}

/* "Nothing" is the host kernel's own business, unless the caller asked for it. */
static int run_on(struct axvm_vcpu *vcpu, __u32 flags, int ret)
{
	while (!ret && !(flags & AXVM_RUN_NO_ENTER) && vcpu->exit->reason == AXVM_EXIT_NOTHING &&
	       !vcpu->exit->kicks) {
		vcpu->request->flags = flags & AXVM_RUN_GET_GPRS;
		ret = run_once(vcpu);
	}
	return ret;
}

int axvm_run(struct axvm_vcpu *vcpu)
{
	__u32 flags = vcpu->request->flags;
	int ret = run_once(vcpu);

	return vcpu->exit->reason == AXVM_EXIT_NOTHING ? run_on(vcpu, flags, ret) : ret;
}

int axvm_kick(const struct axvm_vcpu *vcpu)
{
	return axvm_ioctl(vcpu->fd, AXVM_KICK, NULL);
}

int axvm_bind(const struct axvm_vcpu *vcpu, int home_cpu)
{
	struct axvm_bind arg = { .size = sizeof(arg), .home_cpu = home_cpu };

	return axvm_ioctl(vcpu->fd, AXVM_BIND, &arg);
}
