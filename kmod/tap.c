// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taps: passive readers of every event of an endpoint.
 *
 * A tap has its own ring of variable-length records. When it is full the tap
 * loses events and says how many; it never makes the driver wait. It may ask for
 * the device's DMA to wait, which is where most of the bytes come from.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define TAP_BYTES_MIN	(64U << 10)
#define TAP_BYTES_MAX	(256U << 20)

struct pciem_tap_reader {
	struct list_head node;
	struct pciem_endpoint *endpoint;
	struct pciem_tap_ring *ring;
	u8 *data;
	unsigned long map_bytes;
	u64 head;
	u32 bytes;
	u32 snaplen;
	bool pace;
	/* Only with PCIEM_TAP_CALLERS. */
	struct pciem_callers *callers;
	/* The tail at which DMA last waited in vain: it waits again once this moves. */
	u64 stuck_at;
	/* Lost since the last event that got through. */
	u32 gap;
	u64 lost;
	u64 delivered;
	wait_queue_head_t wait;
	struct irq_work wake_work;
};

static void wake_work(struct irq_work *work)
{
	struct pciem_tap_reader *tap = container_of(work, struct pciem_tap_reader, wake_work);

	wake_up_interruptible(&tap->wait);
}

static void tap_free(struct pciem_tap_reader *tap)
{
	if (tap->endpoint)
		pciem_endpoint_put(tap->endpoint);
	pciem_callers_free(tap->callers);
	vfree(tap->ring);
	kfree(tap);
}

static void tap_link(struct pciem_tap_reader *tap)
{
	struct pciem_endpoint *ep = tap->endpoint;
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	list_add_tail(&tap->node, &ep->taps);
	WRITE_ONCE(ep->pacing_taps, ep->pacing_taps + tap->pace);
	WRITE_ONCE(ep->caller_taps, ep->caller_taps + !!tap->callers);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

struct pciem_tap_reader *pciem_tap_attach(struct pciem_tap *arg)
{
	struct pciem_tap_reader *tap;
	int ret = -ENOMEM;

	if (arg->flags & ~(PCIEM_TAP_PACE | PCIEM_TAP_CALLERS) || arg->reserved ||
	    arg->endpoint > U16_MAX)
		return ERR_PTR(-EINVAL);
	if (arg->bytes < TAP_BYTES_MIN || arg->bytes > TAP_BYTES_MAX ||
	    !is_power_of_2(arg->bytes))
		return ERR_PTR(-EINVAL);

	tap = kzalloc(sizeof(*tap), GFP_KERNEL_ACCOUNT);
	if (!tap)
		return ERR_PTR(-ENOMEM);
	tap->map_bytes = PAGE_SIZE + arg->bytes;
	tap->ring = vmalloc_user(tap->map_bytes);
	if (!tap->ring)
		goto free;
	if (arg->flags & PCIEM_TAP_CALLERS) {
		tap->callers = pciem_callers_alloc();
		if (!tap->callers)
			goto free;
	}
	tap->data = (u8 *)tap->ring + PAGE_SIZE;
	tap->bytes = arg->bytes;
	tap->ring->bytes = arg->bytes;
	tap->snaplen = arg->snaplen ?: U32_MAX;
	tap->pace = arg->flags & PCIEM_TAP_PACE;
	tap->stuck_at = U64_MAX;
	init_waitqueue_head(&tap->wait);
	init_irq_work(&tap->wake_work, wake_work);

	ret = -ENODEV;
	tap->endpoint = pciem_endpoint_find(arg->endpoint);
	if (!tap->endpoint)
		goto free;
	tap_link(tap);
	arg->map_bytes = tap->map_bytes;
	return tap;

free:
	tap_free(tap);
	return ERR_PTR(ret);
}

void pciem_tap_detach(struct pciem_tap_reader *tap)
{
	struct pciem_endpoint *ep = tap->endpoint;
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	list_del(&tap->node);
	WRITE_ONCE(ep->pacing_taps, ep->pacing_taps - tap->pace);
	WRITE_ONCE(ep->caller_taps, ep->caller_taps - !!tap->callers);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	irq_work_sync(&tap->wake_work);
	tap_free(tap);
}

struct pciem_endpoint *pciem_tap_endpoint(struct pciem_tap_reader *tap)
{
	return tap->endpoint;
}

/* The pages themselves keep what is mapped alive; the vma holds no reference. */
int pciem_tap_mmap(struct pciem_tap_reader *tap, struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start > tap->map_bytes)
		return -EINVAL;
	return remap_vmalloc_range(vma, tap->ring, 0);
}

__poll_t pciem_tap_poll(struct pciem_tap_reader *tap, struct file *file,
			struct poll_table_struct *wait)
{
	poll_wait(file, &tap->wait, wait);
	/* As pciem_ring_ready(). */
	WRITE_ONCE(tap->ring->need_wakeup, 1);
	smp_mb(); /* need_wakeup before head */
	if (READ_ONCE(tap->head) != READ_ONCE(tap->ring->tail))
		return EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(tap->endpoint->dead))
		return EPOLLHUP;
	return 0;
}

/*
 * Is a tap that paces more than three quarters full? With @give_up it is not
 * waited for again until user space has moved its tail.
 */
static bool behind(struct pciem_endpoint *ep, bool give_up)
{
	struct pciem_tap_reader *tap;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&ep->lock, flags);
	list_for_each_entry(tap, &ep->taps, node) {
		u64 tail = READ_ONCE(tap->ring->tail);

		if (!tap->pace || tail == tap->stuck_at ||
		    tap->head - tail <= tap->bytes - tap->bytes / 4)
			continue;
		found = true;
		if (give_up)
			tap->stuck_at = tail;
	}
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return found;
}

/**
 * pciem_tap_pace() - wait until the taps that asked for it have room
 * @ep: the endpoint whose device is about to cause events; the caller may sleep
 *
 * Bounded by a second, and ended by a fatal signal: then the tap loses events.
 */
void pciem_tap_pace(struct pciem_endpoint *ep)
{
	unsigned long end;

	if (!READ_ONCE(ep->pacing_taps))
		return;
	end = jiffies + HZ;
	while (behind(ep, time_after(jiffies, end)) && time_before_eq(jiffies, end)) {
		if (fatal_signal_pending(current) || READ_ONCE(ep->dead))
			return;
		usleep_range(200, 1000);
	}
}

/* Room for @length bytes in one piece, or NULL. */
static void *reserve(struct pciem_tap_reader *tap, u32 length)
{
	/* Space is written again only after user space is done with it. */
	u64 used = tap->head - smp_load_acquire(&tap->ring->tail);
	u32 at = tap->head & (tap->bytes - 1);
	u32 to_end = tap->bytes - at;
	u32 skip = to_end < length ? to_end : 0;

	/* A tail ahead of head is user space's nonsense: treated as full. */
	if (used > tap->bytes || (u64)length + skip > tap->bytes - used)
		return NULL;
	if (skip) {
		struct pciem_event *pad = (void *)(tap->data + at);

		/* Lengths are multiples of 8, so that length and kind always fit. */
		pad->length = skip;
		pad->kind = PCIEM_EVENT_PAD;
		tap->head += skip;
		at = 0;
	}
	return tap->data + at;
}

/* What has been written is there, and whoever sleeps is told. */
static void publish(struct pciem_tap_reader *tap, u32 length)
{
	tap->head += length;
	/* The event is there before head says so. */
	smp_store_release(&tap->ring->head, tap->head);
	smp_mb(); /* head before need_wakeup */
	if (READ_ONCE(tap->ring->need_wakeup)) {
		WRITE_ONCE(tap->ring->need_wakeup, 0);
		irq_work_queue(&tap->wake_work);
	}
}

/* The number of an event's caller, with a name before it is used; 0 if there is no room. */
static u32 introduce(struct pciem_tap_reader *tap, const struct pciem_tap_entry *entry)
{
	u32 id = pciem_caller_find(tap->callers, entry->caller);
	struct pciem_event *event;
	char text[PCIEM_CALLER_TEXT];
	u32 kept, length;
	u16 kind;

	if (id)
		return id;
	kept = pciem_caller_name(entry->caller, text, &kind);
	length = ALIGN(sizeof(*event) + kept, 8);
	event = reserve(tap, length);
	if (!event)
		return 0;
	id = pciem_caller_add(tap->callers, entry->caller);
	*event = (struct pciem_event){
		.length = length,
		.kind = PCIEM_EVENT_CALLER,
		.time_ns = entry->event.time_ns,
		.data_length = kept,
		.function = entry->event.function,
		.space = PCIEM_SPACE_NONE,
		.vector = kind,
		.kept_length = kept,
		.caller = id,
	};
	memcpy(event + 1, text, kept);
	publish(tap, length);
	return id;
}

static void deliver(struct pciem_tap_reader *tap, const struct pciem_tap_entry *entry)
{
	u32 kept = min(entry->kept, tap->snaplen);
	u32 length = ALIGN(sizeof(struct pciem_event) + kept, 8);
	bool named = tap->callers && entry->caller;
	u32 caller = named ? introduce(tap, entry) : 0;
	struct pciem_event *event = named && !caller ? NULL : reserve(tap, length);

	if (!event) {
		tap->gap++;
		tap->lost++;
		WRITE_ONCE(tap->ring->lost, tap->lost);
		return;
	}
	*event = entry->event;
	event->length = length;
	event->lost = tap->gap;
	event->kept_length = kept;
	event->caller = caller;
	if (kept < entry->kept)
		event->flags |= PCIEM_EVENT_TRUNCATED;
	memcpy(event + 1, entry->data, kept);
	tap->gap = 0;
	tap->delivered++;
	WRITE_ONCE(tap->ring->delivered, tap->delivered);
	publish(tap, length);
}

u64 pciem_tap_push(struct pciem_endpoint *ep, struct pciem_tap_entry *entry)
{
	struct pciem_tap_reader *tap;

	lockdep_assert_held(&ep->lock);
	entry->event.seq = ++ep->seq;
	if (!entry->event.time_ns && !list_empty(&ep->taps))
		entry->event.time_ns = ktime_get_real_fast_ns();
	pciem_trace(ep, entry);
	list_for_each_entry(tap, &ep->taps, node)
		deliver(tap, entry);
	return ep->seq;
}

void pciem_tap_event(struct pciem_endpoint *ep, unsigned int function, u16 kind, u16 vector,
		     const void *data, u32 length)
{
	struct pciem_tap_entry entry = {
		.event = {
			.kind = kind,
			.function = function,
			.space = PCIEM_SPACE_NONE,
			.vector = vector,
			.data_length = length,
		},
		.data = data,
		.kept = length,
	};
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}
