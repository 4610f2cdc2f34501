// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA by the device: copies between its buffers and what the driver has mapped.
 *
 * A piece of at most a page is copied with dma_lock held, so that unmapping
 * waits for it: once dma_unmap_*() has returned, the memory is the driver's.
 */
#include <linux/kasan-checks.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

#define OPS_MAX		1024
#define OPS_BATCH	64
#define LENGTH_MAX	(16U << 20)

/**
 * pciem_dma_check() - may the function make an access?
 * @fn: function that is the requester
 * @address: bus address
 * @length: bytes
 * @direction: what it wants
 * @found: out: the mapping that allows it; valid while the caller holds dma_lock
 *
 * Return: PCIEM_DMA_OK, or why not.
 */
enum pciem_dma_status pciem_dma_check(struct pciem_fn *fn, u64 address, u32 length,
				      enum dma_data_direction direction,
				      struct pciem_mapping **found)
{
	struct pciem_mapping *mapping;

	if (READ_ONCE(fn->endpoint->dead) || !READ_ONCE(fn->endpoint->visible))
		return PCIEM_DMA_GONE;
	if (!pciem_config_command(fn, PCI_COMMAND_MASTER) || !pciem_config_awake(fn))
		return PCIEM_DMA_BUS_MASTER_OFF;
	mapping = pciem_mapping_find(fn, address);
	if (!mapping)
		return PCIEM_DMA_UNMAPPED;
	if (mapping->direction != DMA_BIDIRECTIONAL && mapping->direction != direction)
		return PCIEM_DMA_DIRECTION;
	if (length > mapping->address + mapping->size - address)
		return PCIEM_DMA_PAST_END;
	*found = mapping;
	return PCIEM_DMA_OK;
}

static void push_event(struct pciem_fn *fn, u16 kind, u64 address, u32 length,
		       const struct pciem_mapping *mapping, const void *data)
{
	bool write = kind == PCIEM_EVENT_DMA_WRITE;
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_tap_entry entry = {
		.event = {
			.kind = kind,
			.address = address,
			.data_length = length,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
		},
		.data = data,
		.kept = length,
	};
	unsigned long flags;

	if (!write)
		entry.event.flags = PCIEM_EVENT_COMPLETED;
	if (mapping && mapping->coherent)
		entry.event.flags |= PCIEM_EVENT_COHERENT;
	raw_spin_lock_irqsave(&ep->lock, flags);
	if (write)
		ep->stats.dma_writes++;
	else
		ep->stats.dma_reads++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

/**
 * pciem_dma_fault() - an access was refused
 * @fn: function that wanted to make it
 * @address: bus address
 * @length: bytes
 * @status: why, enum pciem_dma_status
 * @write: to memory
 *
 * dma_lock held.
 */
void pciem_dma_fault(struct pciem_fn *fn, u64 address, u32 length, u8 status, bool write)
{
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_dma_nearest nearest;
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_DMA_FAULT,
			.address = address,
			.data_length = length,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.status = status,
			.vector = write,
		},
		.data = &nearest,
	};
	unsigned long flags;

	/* Names of functions are for taps, and take time. */
	if (!list_empty(&ep->taps))
		entry.kept = pciem_mapping_nearest(fn, address, length, &nearest);
	raw_spin_lock_irqsave(&ep->lock, flags);
	ep->stats.dma_faults++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

/*
 * copy_to_user() and its sisters refuse slab objects (hardened usercopy), and
 * drivers do map those for DMA: ext4's journal with 1 KiB blocks, for one.
 */
static int copy_nofault(void __user *user, void *kernel, u32 length, bool write)
{
	unsigned long left;

	if (!access_ok(user, length))
		return -EFAULT;
	pagefault_disable();
	if (write) {
		kasan_check_write(kernel, length);
		left = raw_copy_from_user(kernel, user, length);
	} else {
		kasan_check_read(kernel, length);
		left = raw_copy_to_user(user, kernel, length);
	}
	pagefault_enable();
	return left ? -EFAULT : 0;
}

/*
 * To or from another device, at most a page. Its registers may be answered by
 * user space, so this waits, and unmapping does not wait for it.
 */
static int copy_peer(struct pciem_fn *fn, u64 address, u64 peer, u64 buffer, u32 length, bool write)
{
	void __user *user = u64_to_user_ptr(buffer);
	void *data = kmalloc(length, GFP_KERNEL);
	int ret = 0;

	if (!data)
		return -ENOMEM;
	if (write && copy_from_user(data, user, length))
		ret = -EINVAL;
	if (!ret)
		pciem_access_peer(peer, data, length, write);
	if (!ret && !write && copy_to_user(user, data, length))
		ret = -EINVAL;
	if (!ret)
		push_event(fn, write ? PCIEM_EVENT_DMA_WRITE : PCIEM_EVENT_DMA_READ, address,
			   length, NULL, data);
	kfree(data);
	return ret;
}

/* A negative errno, or enum pciem_dma_status. */
static int copy_piece(struct pciem_fn *fn, u64 address, u64 buffer, u32 length, bool write)
{
	void __user *user = u64_to_user_ptr(buffer);
	struct pciem_mapping *mapping = NULL;
	unsigned long flags;
	void *kernel;
	int ret;

	spin_lock_irqsave(&fn->dma_lock, flags);
	ret = pciem_dma_check(fn, address, length, write ? DMA_FROM_DEVICE : DMA_TO_DEVICE,
			      &mapping);
	if (ret) {
		pciem_dma_fault(fn, address, length, ret, write);
		goto unlock;
	}
	if (mapping->peer) {
		u64 peer = mapping->peer + (address - mapping->address);

		spin_unlock_irqrestore(&fn->dma_lock, flags);
		return copy_peer(fn, address, peer, buffer, length, write);
	}
	kernel = mapping->kernel + (address - mapping->address);
	/* Page faults cannot be served here: the caller faults the page in. */
	ret = copy_nofault(user, kernel, length, write);
	if (!ret)
		push_event(fn, write ? PCIEM_EVENT_DMA_WRITE : PCIEM_EVENT_DMA_READ, address,
			   length, mapping, kernel);
unlock:
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	return ret;
}

static int fault_in(u64 buffer, u32 length, bool write)
{
	size_t left = write ? fault_in_readable(u64_to_user_ptr(buffer), length) :
			      fault_in_writeable(u64_to_user_ptr(buffer), length);

	return left ? -EFAULT : 0;
}

static int transfer_op(struct pciem_fn *fn, struct pciem_dma_op *op)
{
	bool write = op->flags & PCIEM_DMA_WRITE;

	op->done = 0;
	op->status = PCIEM_DMA_OK;
	while (op->done < op->length) {
		u64 address = op->address + op->done;
		u64 buffer = op->buffer + op->done;
		u32 length = min_t(u32, op->length - op->done, PAGE_SIZE - offset_in_page(address));
		int ret = copy_piece(fn, address, buffer, length, write);

		if (ret == -EFAULT) {
			ret = fault_in(buffer, length, write);
			if (ret)
				return ret;
			cond_resched();
			if (fatal_signal_pending(current))
				return -EINTR;
			continue;
		}
		if (ret) {
			op->status = ret;
			return 0;
		}
		op->done += length;
	}
	return 0;
}

static bool valid_op(const struct pciem_dma_op *op)
{
	return op->length && op->length <= LENGTH_MAX && !(op->flags & ~PCIEM_DMA_WRITE) &&
	       op->address + op->length >= op->address;
}

/**
 * pciem_dma_transfer() - carry out an array of DMA accesses
 * @fn: function that is the requester
 * @dma: the array; @failed is filled in, status and done in user memory too
 *
 * Return: 0 even if accesses were refused; -EINVAL or -EFAULT if user space got
 * the array or a buffer wrong; what came before has been done then.
 */
int pciem_dma_transfer(struct pciem_fn *fn, struct pciem_dma *dma)
{
	struct pciem_dma_op __user *user = u64_to_user_ptr(dma->ops);
	struct pciem_dma_op ops[4], *batch = ops;
	u32 size = ARRAY_SIZE(ops);
	u32 done, i, count;
	int ret = 0;

	if (!dma->count || dma->count > OPS_MAX)
		return -EINVAL;
	if (dma->count > size) {
		size = min_t(u32, dma->count, OPS_BATCH);
		batch = kmalloc_array(size, sizeof(*batch), GFP_KERNEL);
		if (!batch)
			return -ENOMEM;
	}
	dma->failed = 0;
	for (done = 0; done < dma->count && !ret; done += count) {
		count = min(dma->count - done, size);
		if (copy_from_user(batch, user + done, count * sizeof(*batch))) {
			ret = -EFAULT;
			break;
		}
		for (i = 0; i < count && !ret; i++) {
			pciem_tap_pace(fn->endpoint);
			ret = valid_op(&batch[i]) ? transfer_op(fn, &batch[i]) : -EINVAL;
			dma->failed += batch[i].status != PCIEM_DMA_OK;
		}
		if (copy_to_user(user + done, batch, count * sizeof(*batch)) && !ret)
			ret = -EFAULT;
	}
	if (batch != ops)
		kfree(batch);
	return ret;
}
