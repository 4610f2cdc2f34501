// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trap: an access to a cookie raises #GP (or #SS with rbp or rsp as base),
 * which the kernel offers to die notifiers before it gives up.
 *
 * What can be answered at once is answered in the notifier. What has to wait
 * and may sleep goes on in pciem_thunk, to which the exception returns: it runs
 * in the driver's own context, so the driver sleeps in its MMIO read.
 */
#include <linux/kdebug.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "internal.h"

/*
 * What the thunk needs, from the notifier to its first instructions. A slot is
 * held for a moment only; without a free one the access spins.
 */
struct thunk_slot {
	unsigned long ax;
	unsigned long ip;
};

#define NUM_SLOTS	256

static struct thunk_slot slots[NUM_SLOTS];
static DECLARE_BITMAP(slots_used, NUM_SLOTS);

static struct thunk_slot *slot_get(void)
{
	unsigned long i;

	for_each_clear_bit(i, slots_used, NUM_SLOTS)
		if (!test_and_set_bit_lock(i, slots_used))
			return &slots[i];
	return NULL;
}

static void slot_put(struct thunk_slot *slot)
{
	clear_bit_unlock(slot - slots, slots_used);
}

/* May the context that was interrupted sleep? */
static bool may_sleep(const struct pt_regs *regs)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		return false;
	/* The notifier chain itself adds one level of RCU read lock. */
	return preempt_count() == 0 && (regs->flags & X86_EFLAGS_IF) &&
	       rcu_preempt_depth() <= 1 && !is_idle_task(current) &&
	       system_state == SYSTEM_RUNNING;
}

static bool enter_thunk(struct pt_regs *regs)
{
	struct thunk_slot *slot = slot_get();

	if (!slot)
		return false;
	slot->ax = regs->ax;
	slot->ip = regs->ip;
	regs->ax = (unsigned long)slot;
	regs->ip = (unsigned long)pciem_thunk;
	return true;
}

static int emulate(struct pt_regs *regs, enum pciem_wait wait)
{
	struct pciem_context context = { .wait = wait };

	return pciem_emulate(regs, &context);
}

/**
 * pciem_thunk_run() - the part of the thunk in C
 * @regs: registers of the driver as the thunk found them
 * @data: the slot that the trap left in rax
 */
asmlinkage void pciem_thunk_run(struct pt_regs *regs, void *data)
{
	struct thunk_slot *slot = data;

	regs->ax = slot->ax;
	regs->ip = slot->ip;
	/* Saved after two pushes. */
	regs->sp += 16;
	slot_put(slot);

	/* Decoded once already, so it cannot fail. */
	WARN_ON_ONCE(emulate(regs, PCIEM_WAIT_SLEEP));
	*(unsigned long *)(regs->sp - 8) = regs->ip;
}

static int trap(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	int ret;

	if (event != DIE_GPF && !(event == DIE_TRAP && args->trapnr == X86_TRAP_SS))
		return NOTIFY_DONE;
	if (!regs || user_mode(regs))
		return NOTIFY_DONE;

	if (may_sleep(regs)) {
		ret = emulate(regs, PCIEM_WAIT_NONE);
		if (ret == -EAGAIN && enter_thunk(regs))
			ret = 0;
		else if (ret == -EAGAIN)
			ret = emulate(regs, PCIEM_WAIT_SPIN);
	} else {
		ret = emulate(regs, PCIEM_WAIT_SPIN);
	}
	return ret ? NOTIFY_DONE : NOTIFY_STOP;
}

static struct notifier_block trap_notifier = {
	.notifier_call = trap,
	.priority = INT_MAX,
};

int pciem_trap_init(void)
{
	return register_die_notifier(&trap_notifier);
}

void pciem_trap_exit(void)
{
	unregister_die_notifier(&trap_notifier);
}
