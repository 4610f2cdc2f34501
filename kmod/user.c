// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trapped BARs in user space: sysfs resource files, UIO, vfio-pci.
 *
 * Their mappings get no page table entries, so every access is a page fault,
 * and the fault handler carries the instruction out. It may sleep, so forwarded
 * registers need nothing more.
 */
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <asm/ptrace.h>

#include "compat.h"
#include "internal.h"

/* Bring the other operand of a string instruction in. mmap_lock is held. */
static vm_fault_t bring_in(struct vm_fault *vmf, u64 address)
{
	bool unlocked = false;

	if (pciem_fault_holds_vma_only(vmf))
		return pciem_fault_retry(vmf);
	if (fixup_user_fault(current->mm, address, FAULT_FLAG_WRITE, &unlocked) &&
	    fixup_user_fault(current->mm, address, 0, &unlocked))
		return VM_FAULT_SIGSEGV;
	/* The mapping may have changed: the instruction is tried again anyway. */
	return VM_FAULT_NOPAGE;
}

/* @pfn: what is mapped at the start of @vma. */
static int emulate(const struct vm_area_struct *vma, u64 pfn, u64 *missing)
{
	struct pciem_context context = {
		.wait = PCIEM_WAIT_SLEEP,
		.user = true,
		.start = vma->vm_start,
		.end = vma->vm_end,
		.base = pfn << PAGE_SHIFT,
	};
	struct pt_regs *regs = task_pt_regs(current);
	int ret;

	if (!user_64bit_mode(regs))
		return -EOPNOTSUPP;
	ret = pciem_emulate(regs, &context);
	*missing = context.missing;
	return ret;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	u64 missing;

	/* The kernel, on behalf of a system call: it returns EFAULT. */
	if (!(vmf->flags & FAULT_FLAG_USER))
		return VM_FAULT_SIGBUS;
	switch (emulate(vmf->vma, vmf->vma->vm_pgoff, &missing)) {
	case 0:
	case -EINTR:
		return VM_FAULT_NOPAGE;
	case -EFAULT:
		return bring_in(vmf, missing);
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct user_ops = {
	.fault = user_fault,
};

/*
 * The operations of a mapping whose owner wants to know when it is opened or
 * closed (vfio-pci), with our fault handler.
 */
struct wrapped_ops {
	const struct vm_operations_struct ops;
	const struct vm_operations_struct *owner;
	refcount_t users;
};

static struct wrapped_ops *wrapped(struct vm_area_struct *vma)
{
	return container_of(vma->vm_ops, struct wrapped_ops, ops);
}

static void wrapped_open(struct vm_area_struct *vma)
{
	struct wrapped_ops *wrapper = wrapped(vma);

	refcount_inc(&wrapper->users);
	if (wrapper->owner->open)
		wrapper->owner->open(vma);
}

static void wrapped_close(struct vm_area_struct *vma)
{
	struct wrapped_ops *wrapper = wrapped(vma);

	if (wrapper->owner->close)
		wrapper->owner->close(vma);
	if (refcount_dec_and_test(&wrapper->users))
		kfree(wrapper);
}

static int wrap(struct vm_area_struct *vma)
{
	const struct wrapped_ops initial = {
		.ops = {
			.open = wrapped_open,
			.close = wrapped_close,
			.fault = user_fault,
		},
		.owner = vma->vm_ops,
		.users = REFCOUNT_INIT(1),
	};
	struct wrapped_ops *wrapper = kmemdup(&initial, sizeof(initial), GFP_KERNEL_ACCOUNT);

	if (!wrapper)
		return -ENOMEM;
	WRITE_ONCE(vma->vm_ops, &wrapper->ops);
	return 0;
}

/**
 * pciem_user_remap() - takes the place of remap_pfn_range() for our addresses
 * @vma: mapping, the whole of which is remapped
 * @address: its start
 * @pfn: page frame in a window of ours
 * @size: its length
 * @protection: unused
 *
 * Called from mmap(), or, by older vfio-pci, from its fault handler: the fault
 * is then taken once more and comes to us.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int pciem_user_remap(struct vm_area_struct *vma, unsigned long address, unsigned long pfn,
		     unsigned long size, pgprot_t protection)
{
	if (address != vma->vm_start)
		return -EINVAL;
	/* What the fault handler counts from; as remap_pfn_range() does for private ones. */
	vma->vm_pgoff = pfn;
	pciem_vma_set_io(vma);
	if (vma->vm_ops && (vma->vm_ops->open || vma->vm_ops->close))
		return wrap(vma);
	vma->vm_ops = &user_ops;
	return 0;
}

/**
 * pciem_user_insert() - takes the place of vmf_insert_pfn() for our addresses
 * @vma: mapping in which a fault is being served
 * @address: page of the fault
 * @pfn: page frame in a window of ours
 *
 * Return: what a fault handler returns.
 */
vm_fault_t pciem_user_insert(struct vm_area_struct *vma, unsigned long address,
			     unsigned long pfn)
{
	u64 missing;

	switch (emulate(vma, pfn - ((address - vma->vm_start) >> PAGE_SHIFT), &missing)) {
	case 0:
	case -EINTR:
		return VM_FAULT_NOPAGE;
	case -EFAULT:
		/* The owner's locks are held: nothing can be brought in here. */
		return VM_FAULT_SIGSEGV;
	default:
		return VM_FAULT_SIGBUS;
	}
}
