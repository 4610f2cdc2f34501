// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring from the kernel to the device worker.
 *
 * User space owns tail and need_wakeup and is not trusted with them: a tail
 * that makes no sense makes the ring full, which costs the driver time but
 * nothing else.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define RING_RESERVED	16

static void wake_here(void *data)
{
	struct pciem_endpoint *ep = data;

	wake_up_interruptible(&ep->poll_wait);
}

int pciem_ring_alloc(struct pciem_endpoint *ep, u32 entries)
{
	ep->ring_bytes = PAGE_SIZE + PAGE_ALIGN(entries * sizeof(struct pciem_record));
	ep->ring = vmalloc_user(ep->ring_bytes);
	if (!ep->ring)
		return -ENOMEM;
	ep->records = (void *)ep->ring + PAGE_SIZE;
	ep->ring_entries = entries;
	ep->ring->entries = entries;
	INIT_CSD(&ep->wake_csd, wake_here, ep);
	return 0;
}

void pciem_ring_free(struct pciem_endpoint *ep)
{
	if (!ep->ring)
		return;
	pciem_flush_calls();
	vfree(ep->ring);
	ep->ring = NULL;
}

static u32 ring_used(struct pciem_endpoint *ep)
{
	/* A slot is written again only after user space is done with it. */
	return ep->ring_head - smp_load_acquire(&ep->ring->tail);
}

/* No room for an access: the last entries are kept for the life cycle. */
bool pciem_ring_full(struct pciem_endpoint *ep)
{
	return ring_used(ep) >= ep->ring_entries - RING_RESERVED;
}

/* Has user space consumed every record before @head? */
bool pciem_ring_drained(struct pciem_endpoint *ep, u32 head)
{
	/* What user space did for those records is visible with the tail. */
	return (s32)(smp_load_acquire(&ep->ring->tail) - head) >= 0;
}

void pciem_ring_push(struct pciem_endpoint *ep, const struct pciem_record *record)
{
	lockdep_assert_held(&ep->lock);
	if (ring_used(ep) >= ep->ring_entries) {
		ep->stats.lost++;
		WRITE_ONCE(ep->ring->lost, ep->stats.lost);
		return;
	}
	ep->records[ep->ring_head & (ep->ring_entries - 1)] = *record;
	ep->ring_head++;
	/* The record is there before head says so. */
	smp_store_release(&ep->ring->head, ep->ring_head);
}

/* An event of the life cycle. Takes the lock. */
void pciem_ring_notify(struct pciem_fn *fn, u16 kind, u64 value)
{
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_record record = {
		.kind = kind,
		.function = fn->number,
		.space = PCIEM_SPACE_NONE,
		.value = value,
		.time_ns = ktime_get_real_fast_ns(),
	};
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	record.seq = ep->seq;
	pciem_ring_push(ep, &record);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	pciem_ring_wake(ep);
}

/*
 * The consumer sets need_wakeup, then looks at head once more; we publish head,
 * then look at need_wakeup. One of us sees the other. Clearing it here may hit a
 * consumer that has gone to sleep again: poll() sets it anew each time it looks.
 */
void pciem_ring_wake(struct pciem_endpoint *ep)
{
	smp_mb(); /* head before need_wakeup, see above */
	if (!READ_ONCE(ep->ring->need_wakeup))
		return;
	WRITE_ONCE(ep->ring->need_wakeup, 0);
	/*
	 * With interrupts off the access may spin for the answer, and a worker that
	 * is put on this CPU's queue would wait for it to end: wake it elsewhere.
	 */
	if (irqs_disabled()) {
		unsigned int cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());

		if (cpu < nr_cpu_ids &&
		    smp_call_function_single_async(cpu, &ep->wake_csd) != -ENXIO)
			return;
	}
	wake_up_interruptible(&ep->poll_wait);
}

/* poll(): is there something? If not, the next push wakes. */
bool pciem_ring_ready(struct pciem_endpoint *ep)
{
	WRITE_ONCE(ep->ring->need_wakeup, 1);
	smp_mb(); /* need_wakeup before head */
	return READ_ONCE(ep->ring_head) != READ_ONCE(ep->ring->tail);
}
