// SPDX-License-Identifier: GPL-2.0
/*
 * A crash while the extension is on: whatever kernel is started next finds it off
 *
 * The kernel has one callback for that, and warns if a second one comes. Older KVM has it from
 * its loading on, and switches the extension off for us as well; newer KVM registers its own
 * when it has got the extension, as we do. Ours stays a little longer: to take it back waits
 * for RCU, which a program that makes one VM after another would do each time. When
 * /dev/axvm and all that comes from it are closed that is over, and KVM can come right after.
 * Only a program that keeps it open and gives KVM a VM at once makes the kernel warn.
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
static bool needed, registered;

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
	if (!needed && registered) {
		cpu_emergency_unregister_virt_callback(axvm_x86_backend->emergency);
		registered = false;
	}
	mutex_unlock(&lock);
}

static DECLARE_DELAYED_WORK(work, take_back);

void axvm_arch_enabled(void)
{
	cancel_delayed_work(&work);
	mutex_lock(&lock);
	needed = true;
	if (!registered && callback_is_free()) {
		cpu_emergency_register_virt_callback(axvm_x86_backend->emergency);
		registered = true;
	}
	mutex_unlock(&lock);
}

void axvm_arch_disabled(void)
{
	mutex_lock(&lock);
	needed = false;
	if (registered)
		mod_delayed_work(system_wq, &work, LINGER);
	mutex_unlock(&lock);
}

void axvm_arch_settle(void)
{
	flush_delayed_work(&work);
}
