/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions
 *
 * What a kernel has is found out by Kbuild, which looks into its headers: stable
 * releases take changes of interfaces too, so a version number tells nothing.
 */
#ifndef _AXVM_COMPAT_H
#define _AXVM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/syscore_ops.h>
#include <linux/thread_info.h>

/* ---- system core operations: newer kernels hand a cookie to the callbacks ---- */

#ifdef AXVM_HAVE_SYSCORE
#define AXVM_SYSCORE_ARGS	void *data

#define AXVM_DEFINE_SYSCORE(name, _suspend, _resume, _shutdown)		\
	static const struct syscore_ops name##_ops = {			\
		.suspend = (_suspend),					\
		.resume = (_resume),					\
		.shutdown = (_shutdown),				\
	};								\
	static struct syscore name = { .ops = &name##_ops }

#define axvm_register_syscore(syscore)		register_syscore(syscore)
#define axvm_unregister_syscore(syscore)	unregister_syscore(syscore)
#else
#define AXVM_SYSCORE_ARGS	void

#define AXVM_DEFINE_SYSCORE(name, _suspend, _resume, _shutdown)		\
	static struct syscore_ops name = {				\
		.suspend = (_suspend),					\
		.resume = (_resume),					\
		.shutdown = (_shutdown),				\
	}

#define axvm_register_syscore(syscore)		register_syscore_ops(syscore)
#define axvm_unregister_syscore(syscore)	unregister_syscore_ops(syscore)
#endif

/* ---- timers ---- */

/** axvm_hrtimer_setup() - Prepare a timer on the monotonic clock. */
static inline void axvm_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *timer),
				      enum hrtimer_mode mode)
{
#ifdef AXVM_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = function;
#endif
}

/* ---- memory ---- */

/* Older kernels let only a deadly signal end a wait for memory. */
#ifndef FOLL_INTERRUPTIBLE
#define FOLL_INTERRUPTIBLE	0
#endif

/** axvm_vm_flags_mod() - Change the flags of a mapping that is being made. */
static inline void axvm_vm_flags_mod(struct vm_area_struct *vma, unsigned long set,
				     unsigned long clear)
{
#ifdef AXVM_HAVE_VM_FLAGS_MOD
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* ---- RCU ---- */

/** axvm_rcu_note_guest() - A guest has run: a quiescent state. Interrupts off. */
static inline void axvm_rcu_note_guest(void)
{
#ifdef AXVM_HAVE_RCU_NOTE_VOID
	rcu_virt_note_context_switch();
#else
	rcu_virt_note_context_switch(smp_processor_id());
#endif
}

/* ---- the scheduler ---- */

#ifdef _TIF_NEED_RESCHED_LAZY
#define AXVM_TIF_RESCHED	(_TIF_NEED_RESCHED | _TIF_NEED_RESCHED_LAZY)
#else
#define AXVM_TIF_RESCHED	_TIF_NEED_RESCHED
#endif

/** define AXVM_HOST_WORK - Flags of a thread that has to do something before it enters a guest. */
#define AXVM_HOST_WORK							\
	(AXVM_TIF_RESCHED | _TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL | _TIF_NOTIFY_RESUME)

#endif /* _AXVM_COMPAT_H */
