// SPDX-License-Identifier: GPL-2.0-only
/*
 * AtomicOps by the device (PCIe 6.0 6.15): read, change and write in one go, with
 * respect to the processors too.
 */
#include <linux/atomic.h>
#include <linux/kasan-checks.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "internal.h"

/* The processor has it, even if this kernel was told not to use it (clearcpuid=). */
static bool has_cmpxchg16b(void)
{
	return cpuid_ecx(1) & BIT(X86_FEATURE_CX16 & 31);
}

/* @old: in: what is expected; out: what was there. */
static void compare_and_swap_16(u64 *at, u64 *old, const u64 *new)
{
	kasan_check_write(at, 16);
	asm volatile("lock; cmpxchg16b %0"
		     : "+m" (*(unsigned __int128 *)at), "+a" (old[0]), "+d" (old[1])
		     : "b" (new[0]), "c" (new[1])
		     : "cc", "memory");
}

static void carry_out_4(struct pciem_dma_atomic *atomic, u32 *at)
{
	u32 operand = atomic->operand[0];

	switch (atomic->op) {
	case PCIEM_ATOMIC_FETCH_ADD:
		atomic->result[0] = (u32)atomic_fetch_add(operand, (atomic_t *)at);
		break;
	case PCIEM_ATOMIC_SWAP:
		atomic->result[0] = xchg(at, operand);
		break;
	default:
		atomic->result[0] = cmpxchg(at, (u32)atomic->compare[0], operand);
		break;
	}
}

static void carry_out_8(struct pciem_dma_atomic *atomic, u64 *at)
{
	switch (atomic->op) {
	case PCIEM_ATOMIC_FETCH_ADD:
		atomic->result[0] = atomic64_fetch_add(atomic->operand[0], (atomic64_t *)at);
		break;
	case PCIEM_ATOMIC_SWAP:
		atomic->result[0] = xchg(at, atomic->operand[0]);
		break;
	default:
		atomic->result[0] = cmpxchg(at, atomic->compare[0], atomic->operand[0]);
		break;
	}
}

static void carry_out(struct pciem_dma_atomic *atomic, void *at)
{
	switch (atomic->size) {
	case 4:
		carry_out_4(atomic, at);
		break;
	case 8:
		carry_out_8(atomic, at);
		break;
	default:
		memcpy(atomic->result, atomic->compare, sizeof(atomic->result));
		compare_and_swap_16(at, atomic->result, atomic->operand);
		break;
	}
}

static void push_event(struct pciem_fn *fn, const struct pciem_dma_atomic *atomic, bool coherent)
{
	struct pciem_endpoint *ep = fn->endpoint;
	u8 data[3 * 16];
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_DMA_ATOMIC,
			.flags = PCIEM_EVENT_COMPLETED | (coherent ? PCIEM_EVENT_COHERENT : 0),
			.address = atomic->address,
			.data_length = atomic->size,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.vector = atomic->op,
		},
		.data = data,
		.kept = atomic->size * (atomic->op == PCIEM_ATOMIC_CAS ? 3 : 2),
	};
	unsigned long flags;

	memcpy(data, atomic->result, atomic->size);
	memcpy(data + atomic->size, atomic->operand, atomic->size);
	memcpy(data + 2 * atomic->size, atomic->compare, atomic->size);
	raw_spin_lock_irqsave(&ep->lock, flags);
	ep->stats.dma_atomics++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

static bool valid(const struct pciem_dma_atomic *atomic)
{
	if (atomic->reserved || atomic->op > PCIEM_ATOMIC_CAS)
		return false;
	if (atomic->size != 4 && atomic->size != 8 &&
	    !(atomic->size == 16 && atomic->op == PCIEM_ATOMIC_CAS))
		return false;
	if (atomic->op != PCIEM_ATOMIC_CAS && (atomic->compare[0] || atomic->compare[1]))
		return false;
	return IS_ALIGNED(atomic->address, atomic->size);
}

/**
 * pciem_dma_atomic() - carry out an AtomicOp
 * @fn: function that is the requester
 * @atomic: what to do; @result and @status are filled in
 *
 * Return: 0 even if it was refused; -EINVAL; -EOPNOTSUPP if the processor cannot.
 */
int pciem_dma_atomic(struct pciem_fn *fn, struct pciem_dma_atomic *atomic)
{
	struct pciem_mapping *mapping = NULL;
	unsigned long flags;

	if (!valid(atomic))
		return -EINVAL;
	if (atomic->size == 16 && !has_cmpxchg16b())
		return -EOPNOTSUPP;
	memset(atomic->result, 0, sizeof(atomic->result));

	spin_lock_irqsave(&fn->dma_lock, flags);
	atomic->status = pciem_dma_check(fn, atomic->address, atomic->size, DMA_BIDIRECTIONAL,
					 &mapping);
	if (atomic->status == PCIEM_DMA_OK && mapping->peer)
		atomic->status = PCIEM_DMA_UNSUPPORTED;
	if (atomic->status == PCIEM_DMA_OK) {
		carry_out(atomic, mapping->kernel + (atomic->address - mapping->address));
		push_event(fn, atomic, mapping->coherent);
	} else {
		pciem_dma_fault(fn, atomic->address, atomic->size, atomic->status, true);
	}
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	return 0;
}
