// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks: sticky, counted, never lost; and signals, the other way to stop a vCPU
 */
#include <signal.h>

#include "test.h"

static __guest void guest_spins(void)
{
	for (;;)
		guest_relax();
}

static __guest void guest_waits(void)
{
	for (;;)
		guest_halt();
}

TEST(kick_before_run)
{
	struct vcpu *vcpu = vcpu_new(guest_spins);

	CHECK_OK(axvm_kick(&vcpu->ax));
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_KICK)->kicks, 1);
}

TEST(kicks_are_counted)
{
	struct vcpu *vcpu = vcpu_new(guest_spins);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		CHECK_OK(axvm_kick(&vcpu->ax));
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_KICK)->kicks, 1000);
	/* And acknowledged: none is left of them. */
	CHECK_OK(axvm_kick(&vcpu->ax));
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_KICK)->kicks, 1);
}

static __guest void guest_syncs(void)
{
	GUEST_SYNC(1);
	GUEST_SYNC(2);
}

/* Another reason to return acknowledges a kick on the way. */
TEST(any_return_acknowledges)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	const struct axvm_run_exit *exit;

	CHECK_OK(axvm_kick(&vcpu->ax));
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	exit = vcpu_expect(vcpu, AXVM_EXIT_NOTHING);
	CHECK_EQ(exit->kicks, 1);
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu->ax.exit->kicks, 0);
}

/* A kick does not run the guest, but it does complete what was pending. */
TEST(kick_completes_the_last_exit)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);

	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_kick(&vcpu->ax));
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_KICK)->kicks, 1);
	vcpu_expect_sync(vcpu, 2);
}

/* ------------------------------------------------------------------------- */
/* A vCPU in the guest, and one that waits                                   */
/* ------------------------------------------------------------------------- */

static void *expect_kick(void *data)
{
	struct vcpu *vcpu = data;

	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_KICK)->kicks, 1);
	return NULL;
}

static bool is_blocked(struct vcpu *vcpu)
{
	return vcpu_state(vcpu) == AXVM_VCPU_BLOCKED;
}

static void kick_when(void *fn, bool (*is_there)(struct vcpu *vcpu))
{
	struct vcpu *vcpu = vcpu_new(fn);
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		thread = thread_start(expect_kick, vcpu);
		wait_until(is_there(vcpu));
		CHECK_OK(axvm_kick(&vcpu->ax));
		thread_join(thread);
		CHECK_EQ(vcpu_state(vcpu), AXVM_VCPU_FREE);
	}
}

TEST(kick_while_running)
{
	kick_when(guest_spins, vcpu_is_running);
}

TEST(kick_while_blocked)
{
	kick_when(guest_waits, is_blocked);
}

TEST(kick_a_stopped_vcpu)
{
	struct vcpu *vcpu = vcpu_create_flags(vm_create(0), 0, guest_spins, AXVM_VCPU_STOPPED,
					      AXVM_HOME_ANY);
	pthread_t thread = thread_start(expect_kick, vcpu);

	wait_until(is_blocked(vcpu));
	CHECK_OK(axvm_kick(&vcpu->ax));
	thread_join(thread);
}

/* ------------------------------------------------------------------------- */
/* Races                                                                     */
/* ------------------------------------------------------------------------- */

#define KICKERS		4
#define KICKS		2000

static void *kicker(void *data)
{
	struct vcpu *vcpu = data;
	unsigned int i;

	for (i = 0; i < KICKS; i++)
		CHECK_OK(axvm_kick(&vcpu->ax));
	return NULL;
}

/* Every kick is acknowledged once, by a return that came after it. */
static void count_kicks(void *fn)
{
	struct vcpu *vcpu = vcpu_new(fn);
	pthread_t threads[KICKERS];
	__u64 kicks = 0;
	unsigned int i;

	for (i = 0; i < KICKERS; i++)
		threads[i] = thread_start(kicker, vcpu);
	while (kicks < KICKERS * KICKS) {
		/* Had one been lost, this would wait for ever: the watch tells. */
		vcpu_run(vcpu);
		CHECK_GE(vcpu->ax.exit->runs, vcpu->runs);
		if (vcpu->ax.exit->reason == AXVM_EXIT_KICK)
			CHECK_GT(vcpu->ax.exit->kicks, 0);
		kicks += vcpu->ax.exit->kicks;
	}
	CHECK_EQ(kicks, KICKERS * KICKS);
	for (i = 0; i < KICKERS; i++)
		thread_join(threads[i]);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_NOTHING)->kicks, 0);
}

TEST(races_with_a_spinning_guest)
{
	count_kicks(guest_spins);
}

TEST(races_with_a_waiting_guest)
{
	count_kicks(guest_waits);
}

static __guest void guest_syncs_for_ever(void)
{
	for (;;)
		GUEST_SYNC(1);
}

TEST(races_with_exits)
{
	count_kicks(guest_syncs_for_ever);
}

/* One kick, one return, as fast as both sides can: nobody waits in vain. */
static __u64 acknowledged;

static void *run_and_tell(void *data)
{
	struct vcpu *vcpu = data;

	while (__atomic_load_n(&acknowledged, __ATOMIC_RELAXED) < KICKS) {
		vcpu_expect(vcpu, AXVM_EXIT_KICK);
		__atomic_fetch_add(&acknowledged, vcpu->ax.exit->kicks, __ATOMIC_RELEASE);
	}
	return NULL;
}

TEST(ping_pong)
{
	struct vcpu *vcpu = vcpu_new(guest_waits);
	pthread_t thread = thread_start(run_and_tell, vcpu);
	__u64 i;

	for (i = 0; i < KICKS; i++) {
		CHECK_OK(axvm_kick(&vcpu->ax));
		while (__atomic_load_n(&acknowledged, __ATOMIC_ACQUIRE) == i) {
			CHECK(!watch_expired());
			sched_yield();
		}
	}
	thread_join(thread);
}

/* ------------------------------------------------------------------------- */
/* Signals                                                                   */
/* ------------------------------------------------------------------------- */

static void on_signal(int sig)
{
	(void)sig;
}

static void *run_until_signal(void *data)
{
	struct vcpu *vcpu = data;

	CHECK_ERRNO(vcpu_try_run(vcpu), EINTR);
	CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_SIGNAL);
	CHECK_EQ(vcpu->ax.exit->error, -EINTR);
	CHECK_EQ(vcpu->ax.exit->kicks, 0);
	return NULL;
}

static void signal_when(void *fn, bool (*is_there)(struct vcpu *vcpu))
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct vcpu *vcpu = vcpu_new(fn);
	pthread_t thread;

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	thread = thread_start(run_until_signal, vcpu);
	wait_until(is_there(vcpu));
	CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
	thread_join(thread);
	/* It goes on where it was. */
	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
}

TEST(signal_while_running)
{
	signal_when(guest_spins, vcpu_is_running);
}

TEST(signal_while_blocked)
{
	signal_when(guest_waits, is_blocked);
}

/* A blocked signal is no reason to return; a pending one is, at once. */
TEST(signal_before_run)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct vcpu *vcpu = vcpu_new(guest_spins);
	sigset_t set, old;

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	CHECK_SYS(raise(SIGUSR1));
	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	CHECK_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

/* ------------------------------------------------------------------------- */
/* One vCPU, two threads                                                     */
/* ------------------------------------------------------------------------- */

TEST(a_second_run_is_busy)
{
	struct vcpu *vcpu = vcpu_new(guest_spins);
	pthread_t thread = thread_start(expect_kick, vcpu);
	__u64 runs = vcpu->ax.exit->runs;

	wait_until(vcpu_is_running(vcpu));
	CHECK_ERRNO(vcpu_try_run(vcpu), EBUSY);
	/* The page belongs to the thread that runs: it is left alone. */
	CHECK_EQ(vcpu->ax.exit->runs, runs);
	CHECK_ERRNO(axvm_bind(&vcpu->ax, host_cpu(0)), EBUSY);
	CHECK_OK(axvm_kick(&vcpu->ax));
	thread_join(thread);
	CHECK_OK(axvm_bind(&vcpu->ax, host_cpu(0)));
}

TEST_HARNESS_MAIN
