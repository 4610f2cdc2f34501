// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device worker as a task of the scheduler.
 *
 * A driver that reads with interrupts off spins for the worker's answer. If the
 * worker waits in the run queue of that very CPU, nobody takes it from there:
 * no tick, no balancing. So a work item on another CPU does. The same goes for
 * the other threads of its process: a garbage collection, say, waits for them.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "internal.h"

/* Threads that one nudge moves; the next one moves more. */
#define STUCK_MAX	16

static void migrate(struct task_struct *task, unsigned int cpu)
{
	cpumask_var_t allowed, others;

	if (!alloc_cpumask_var(&allowed, GFP_KERNEL))
		return;
	if (!alloc_cpumask_var(&others, GFP_KERNEL))
		goto free;
	cpumask_copy(allowed, task->cpus_ptr);
	/* One that user space has pinned there stays. */
	if (cpumask_andnot(others, allowed, cpumask_of(cpu)) &&
	    cpumask_intersects(others, cpu_online_mask) && !set_cpus_allowed_ptr(task, others))
		set_cpus_allowed_ptr(task, allowed);
	free_cpumask_var(others);
free:
	free_cpumask_var(allowed);
}

/* One that was interrupted there cannot be moved, a sleeper need not. */
static bool is_stuck(struct task_struct *task, unsigned int cpu)
{
	return task_cpu(task) == cpu && task_is_running(task) && !READ_ONCE(task->on_cpu);
}

static void nudge_work(struct work_struct *work)
{
	struct pciem_endpoint *ep = container_of(work, struct pciem_endpoint, nudge_work);
	unsigned int cpu = READ_ONCE(ep->nudge_cpu), count = 0;
	struct task_struct *worker, *thread, *stuck[STUCK_MAX];

	raw_spin_lock_irq(&ep->lock);
	worker = ep->consumer;
	if (worker)
		get_task_struct(worker);
	raw_spin_unlock_irq(&ep->lock);
	if (!worker)
		return;
	rcu_read_lock();
	for_each_thread(worker, thread)
		if (is_stuck(thread, cpu) && count < STUCK_MAX)
			stuck[count++] = get_task_struct(thread);
	rcu_read_unlock();
	put_task_struct(worker);
	while (count) {
		migrate(stuck[--count], cpu);
		put_task_struct(stuck[count]);
	}
}

/**
 * pciem_consumer_nudge() - this CPU spins for the worker: get its threads off here
 * @ep: endpoint
 */
void pciem_consumer_nudge(struct pciem_endpoint *ep)
{
	unsigned int here = raw_smp_processor_id();
	unsigned int cpu = cpumask_any_but(cpu_online_mask, here);

	if (cpu >= nr_cpu_ids)
		return;
	WRITE_ONCE(ep->nudge_cpu, here);
	queue_work_on(cpu, system_highpri_wq, &ep->nudge_work);
}

/* The current task consumes records. */
void pciem_consumer_note(struct pciem_endpoint *ep)
{
	struct task_struct *old;

	if (READ_ONCE(ep->consumer) == current)
		return;
	raw_spin_lock_irq(&ep->lock);
	old = ep->consumer;
	WRITE_ONCE(ep->consumer, get_task_struct(current));
	raw_spin_unlock_irq(&ep->lock);
	if (old)
		put_task_struct(old);
}

/* Is the worker below us, so that waiting for it is in vain? */
bool pciem_consumer_is_current(const struct pciem_endpoint *ep)
{
	return READ_ONCE(ep->consumer) == current;
}

void pciem_consumer_init(struct pciem_endpoint *ep)
{
	INIT_WORK(&ep->nudge_work, nudge_work);
}

void pciem_consumer_free(struct pciem_endpoint *ep)
{
	cancel_work_sync(&ep->nudge_work);
	if (ep->consumer)
		put_task_struct(ep->consumer);
}
