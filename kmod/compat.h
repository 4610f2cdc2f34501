/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the supported kernels, and nothing else.
 * Kbuild looks at the kernel's headers and defines PCIEM_HAVE_*.
 */
#ifndef PCIEM_COMPAT_H
#define PCIEM_COMPAT_H

#include <linux/dma-map-ops.h>
#include <linux/hrtimer.h>
#include <linux/irq.h>
#include <linux/mm.h>

/* The member of struct dma_map_ops was renamed in 6.5. */
#ifndef PCIEM_HAVE_ALLOC_PAGES_OP
#define alloc_pages_op alloc_pages
#endif

/* Since 6.16; before, the library was for built-in code only. */
#ifdef PCIEM_HAVE_MSI_PARENT_DOMAIN
#include <linux/irqchip/irq-msi-lib.h>
#endif

/* hrtimer_setup() came in 6.13, hrtimer_init() went in 6.15. */
static inline void pciem_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*function)(struct hrtimer *),
				       enum hrtimer_mode mode)
{
#ifdef PCIEM_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = function;
#endif
}

/*
 * A new affinity counts at once. Before 6.14 that had to be said; without it, the
 * change waits for the next interrupt, whose irq_ack() has to carry it out.
 */
static inline void pciem_irq_moves_at_once(unsigned int virq)
{
#ifdef PCIEM_HAVE_IRQ_MOVE_PCNTXT
	irq_set_status_flags(virq, IRQ_MOVE_PCNTXT);
#endif
}

/* Flags are set through a function since 6.3. */
static inline void pciem_vma_set_io(struct vm_area_struct *vma)
{
	unsigned long flags = VM_IO | VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP;

#ifdef PCIEM_HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/* Pages of the kernel's that are nobody else's business. */
static inline void pciem_vma_set_unshared(struct vm_area_struct *vma)
{
	unsigned long flags = VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;

#ifdef PCIEM_HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/* Since 6.4 a fault may hold the lock of its vma instead of mmap_lock. */
static inline bool pciem_fault_holds_vma_only(struct vm_fault *vmf)
{
#ifdef PCIEM_HAVE_VMA_LOCK
	return vmf->flags & FAULT_FLAG_VMA_LOCK;
#else
	return false;
#endif
}

/* Only if pciem_fault_holds_vma_only(): the fault comes again with mmap_lock. */
static inline vm_fault_t pciem_fault_retry(struct vm_fault *vmf)
{
#ifdef PCIEM_HAVE_VMA_LOCK
	vma_end_read(vmf->vma);
#endif
	return VM_FAULT_RETRY;
}

#endif /* PCIEM_COMPAT_H */
