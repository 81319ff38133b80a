// SPDX-License-Identifier: GPL-2.0
/*
 * A crash while there are VMs: whatever kernel is started next finds the extension off
 *
 * The kernel has one callback for that, and warns if a second one comes. Older KVM has it from
 * its loading on, and switches the extension off for us as well; newer KVM registers its own
 * only when it has the extension. So ours is there while there are VMs, and a little longer:
 * to take it back waits for RCU, which a program that makes one VM after another would do
 * each time.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <asm/reboot.h>

#include "axvm_compat.h"
#include "axvm_x86_arch.h"

#define LINGER	msecs_to_jiffies(10)

static DEFINE_MUTEX(lock);
static unsigned int vms;
static bool registered;

/* Nothing exported tells of another module by name, but KVM's symbols can be had. */
bool axvm_x86_kvm_is_loaded(void)
{
	if (!__symbol_get("kvm_get_running_vcpu"))
		return false;
	__symbol_put("kvm_get_running_vcpu");
	return true;
}

static bool callback_is_free(void)
{
#ifdef AXVM_HAVE_KVM_ENABLE
	return true;
#else
	return !axvm_x86_kvm_is_loaded();
#endif
}

static void take_back(struct work_struct *unused)
{
	mutex_lock(&lock);
	if (!vms && registered) {
		cpu_emergency_unregister_virt_callback(axvm_x86_backend->emergency);
		registered = false;
	}
	mutex_unlock(&lock);
}

static DECLARE_DELAYED_WORK(work, take_back);

void axvm_x86_emergency_get(void)
{
	cancel_delayed_work(&work);
	mutex_lock(&lock);
	if (!vms++ && !registered && callback_is_free()) {
		cpu_emergency_register_virt_callback(axvm_x86_backend->emergency);
		registered = true;
	}
	mutex_unlock(&lock);
}

void axvm_x86_emergency_put(void)
{
	mutex_lock(&lock);
	if (!--vms && registered)
		mod_delayed_work(system_wq, &work, LINGER);
	mutex_unlock(&lock);
}

void axvm_arch_settle(void)
{
	flush_delayed_work(&work);
}
