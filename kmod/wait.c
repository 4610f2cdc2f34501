// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver's access that waits for user space: for an answer, or for room.
 *
 * Sleepers are idle, not uninterruptible: a device that takes its time is no hung
 * task. They are not freezable either. A driver reads its registers with locks
 * held that its suspend callback may want, so to freeze it there would hang the
 * machine, where refusing to suspend does no harm.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "internal.h"

#define TIMEOUT_US_MIN		50
#define TIMEOUT_US_MAX		64000000

#define NUDGE_NS		(500 * NSEC_PER_USEC)
#define SPIN_MAX_NS		(500 * NSEC_PER_MSEC)
#define PAUSE_MIN_US		20UL
#define PAUSE_MAX_US		1000UL
#define FOREVER			S64_MAX
/* As TASK_IDLE is TASK_UNINTERRUPTIBLE without load. */
#define TASK_IDLE_KILLABLE	(TASK_KILLABLE | TASK_NOLOAD)

/* A wait begins. */
void pciem_wait_begin(struct pciem_waiter *waiter, struct pciem_endpoint *ep, enum pciem_wait wait)
{
	u64 now = ktime_get_mono_fast_ns();

	*waiter = (struct pciem_waiter){
		.ep = ep,
		.wait = wait,
		.start = now,
		.nudge = now + NUDGE_NS,
	};
}

/*
 * The worker did not move while an access spun for as long as it may, and has not
 * since: it may need the very CPU that spins. A driver that polls with interrupts
 * off pays for that once, not each time it looks.
 */
static bool spun_out(const struct pciem_endpoint *ep)
{
	return READ_ONCE(ep->spun_out) && READ_ONCE(ep->ring->tail) == READ_ONCE(ep->spun_tail);
}

/* A spin is over without result. @tail: of the ring when it began. */
static void note_spun_out(struct pciem_endpoint *ep, u32 tail)
{
	if (READ_ONCE(ep->ring->tail) != tail || pciem_consumer_is_current(ep))
		return;
	WRITE_ONCE(ep->spun_tail, tail);
	WRITE_ONCE(ep->spun_out, true);
}

/* How long it goes on, in nanoseconds; nothing or less: it is over. */
static s64 left(const struct pciem_waiter *waiter)
{
	struct pciem_endpoint *ep = waiter->ep;
	/* A new timeout, and since when it is: pciem_wait_set_timeout(). */
	u64 timeout = smp_load_acquire(&ep->timeout_ns);
	bool sleeps = waiter->wait == PCIEM_WAIT_SLEEP;
	u64 start = waiter->start;

	/* The worker cannot run before we are done: waiting would be in vain. */
	if (READ_ONCE(ep->dead) || pciem_consumer_is_current(ep))
		return 0;
	if (!sleeps && (num_online_cpus() == 1 || spun_out(ep)))
		return 0;
	if (sleeps && !timeout)
		return fatal_signal_pending(current) ? 0 : FOREVER;
	if (sleeps)
		start = max(start, READ_ONCE(ep->timeout_since));
	else
		timeout = min_not_zero(timeout, (u64)SPIN_MAX_NS);
	return start + timeout - ktime_get_mono_fast_ns();
}

/**
 * pciem_wait_turn() - let some time pass
 * @waiter: the wait
 *
 * Return: false, without that, if the wait is over.
 */
bool pciem_wait_turn(struct pciem_waiter *waiter)
{
	u64 now;

	if (left(waiter) <= 0)
		return false;
	now = ktime_get_mono_fast_ns();
	if (waiter->wait == PCIEM_WAIT_SLEEP) {
		/* User space need not call us, so look again: at first often. */
		unsigned long us = clamp((unsigned long)(now - waiter->start) / 100000,
					 PAUSE_MIN_US, PAUSE_MAX_US);

		usleep_range_state(us, 2 * us, TASK_IDLE);
		return true;
	}
	cpu_relax();
	if ((s64)(now - waiter->nudge) >= 0) {
		waiter->nudge = now + NUDGE_NS;
		pciem_consumer_nudge(waiter->ep);
	}
	return true;
}

/**
 * pciem_wait_for_tail() - wait until user space has moved the ring's tail
 * @ep: endpoint
 * @head: past this record
 * @room: instead, until there is room for one more
 * @wait: how
 *
 * Return: whether it has.
 */
bool pciem_wait_for_tail(struct pciem_endpoint *ep, u32 head, bool room, enum pciem_wait wait)
{
	u32 tail = READ_ONCE(ep->ring->tail);
	struct pciem_waiter waiter;

	pciem_wait_begin(&waiter, ep, wait);
	pciem_ring_wake(ep);
	/* A worker that hangs costs the driver one timeout, not one an access. */
	if (READ_ONCE(ep->stuck)) {
		if (READ_ONCE(ep->ring->tail) == READ_ONCE(ep->stuck_tail))
			return false;
		WRITE_ONCE(ep->stuck, false);
	}
	do {
		if (READ_ONCE(ep->dead))
			return false;
		if (room ? !pciem_ring_full(ep) : pciem_ring_drained(ep, head))
			return true;
	} while (pciem_wait_turn(&waiter));
	if (wait != PCIEM_WAIT_SLEEP)
		note_spun_out(ep, tail);
	/* Neither a kill nor the worker's own access says that the worker hangs. */
	else if (READ_ONCE(ep->timeout_ns) && !pciem_consumer_is_current(ep)) {
		WRITE_ONCE(ep->stuck_tail, READ_ONCE(ep->ring->tail));
		WRITE_ONCE(ep->stuck, true);
	}
	return false;
}

static bool tag_done(const struct pciem_tag *tag)
{
	/* Pairs with pciem_complete_read(). */
	return smp_load_acquire(&tag->done);
}

/* Is there anything to look at? @since: of the timeout that is known already. */
static bool has_news(const struct pciem_endpoint *ep, const struct pciem_tag *tag, u64 since)
{
	return tag_done(tag) || READ_ONCE(ep->dead) || READ_ONCE(ep->timeout_since) != since;
}

static void sleep_for_tag(struct pciem_waiter *waiter, const struct pciem_tag *tag)
{
	struct pciem_endpoint *ep = waiter->ep;

	for (;;) {
		u64 since = READ_ONCE(ep->timeout_since);
		s64 ns = left(waiter);

		if (ns <= 0 || tag_done(tag))
			return;
		if (ns == FOREVER)
			wait_event_state(ep->tag_wait, has_news(ep, tag, since),
					 TASK_IDLE_KILLABLE);
		else
			wait_event_idle_timeout(ep->tag_wait, has_news(ep, tag, since),
						nsecs_to_jiffies64(ns) + 1);
	}
}

static void spin_for_tag(struct pciem_waiter *waiter, const struct pciem_tag *tag)
{
	u32 tail = READ_ONCE(waiter->ep->ring->tail);

	while (!tag_done(tag))
		if (!pciem_wait_turn(waiter)) {
			note_spun_out(waiter->ep, tail);
			return;
		}
}

/**
 * pciem_wait_for_tag() - wait for the answer to a forwarded read
 * @waiter: the wait, which may have begun earlier
 * @tag: the read
 *
 * Returns when there is an answer or none is to be had: look at the tag.
 */
void pciem_wait_for_tag(struct pciem_waiter *waiter, const struct pciem_tag *tag)
{
	pciem_ring_wake(waiter->ep);
	if (waiter->wait == PCIEM_WAIT_SLEEP)
		sleep_for_tag(waiter, tag);
	else
		spin_for_tag(waiter, tag);
}

bool pciem_wait_valid_timeout(u32 timeout_us)
{
	return timeout_us >= TIMEOUT_US_MIN && timeout_us <= TIMEOUT_US_MAX;
}

/**
 * pciem_wait_set_timeout() - from now on, another completion timeout
 * @ep: endpoint
 * @arg: from user space
 *
 * Return: 0 or -EINVAL.
 */
int pciem_wait_set_timeout(struct pciem_endpoint *ep, const struct pciem_timeout *arg)
{
	u32 us = arg->completion_timeout_us;
	unsigned long flags;

	if (arg->reserved || (us && !pciem_wait_valid_timeout(us)))
		return -EINVAL;
	raw_spin_lock_irqsave(&ep->lock, flags);
	/* Another one each time, so that sleepers notice. */
	WRITE_ONCE(ep->timeout_since, max(ktime_get_mono_fast_ns(), ep->timeout_since + 1));
	/* Whoever sees the timeout sees since when it counts: left(). */
	smp_store_release(&ep->timeout_ns, (u64)us * NSEC_PER_USEC);
	WRITE_ONCE(ep->stuck, false);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	wake_up_all(&ep->tag_wait);
	return 0;
}
