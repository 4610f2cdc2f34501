// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs in user space: sysfs resource files, UIO, vfio-pci, DRM.
 *
 * Mappings of trapped BARs get no page table entries, so every access is a page
 * fault, and the fault handler carries the instruction out. It may sleep, so
 * forwarded registers need nothing more. BARs of real memory get their pages.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
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

/* A page of a BAR of real memory, if that is what is mapped here. */
static bool ram_fault(struct vm_fault *vmf)
{
	u64 address = (u64)vmf->vma->vm_pgoff << PAGE_SHIFT;
	struct pciem_ram *ram;
	u64 offset;

	ram = pciem_ram_at(address + (vmf->address & PAGE_MASK) - vmf->vma->vm_start, &offset);
	if (!ram)
		return false;
	vmf->page = pciem_ram_page(ram, offset);
	get_page(vmf->page);
	pciem_ram_put(ram);
	return true;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	u64 missing;

	if (ram_fault(vmf))
		return 0;
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

/*
 * Pages of real memory belong to no file. sysfs has a page_mkwrite() of its own,
 * which would have the fault tried again for ever because of that.
 */
static vm_fault_t user_mkwrite(struct vm_fault *vmf)
{
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct user_ops = {
	.fault = user_fault,
	.page_mkwrite = user_mkwrite,
};

/**
 * struct wrapped_ops - the operations of a mapping, with some of ours
 * @ops: what the mapping has
 * @owner: what it had, whose open and close are called
 * @users: mappings that have them: a split or a fork makes more
 * @ram: memory that the mapping keeps alive, or NULL
 *
 * Holds a reference on the module.
 */
struct wrapped_ops {
	const struct vm_operations_struct ops;
	const struct vm_operations_struct *owner;
	refcount_t users;
	struct pciem_ram *ram;
};

/* Two threads may fault at the same time. */
static DEFINE_MUTEX(wrap_lock);

static struct wrapped_ops *wrapped(struct vm_area_struct *vma)
{
	return container_of(vma->vm_ops, struct wrapped_ops, ops);
}

static void wrapped_open(struct vm_area_struct *vma)
{
	struct wrapped_ops *wrapper = wrapped(vma);

	refcount_inc(&wrapper->users);
	if (wrapper->owner && wrapper->owner->open)
		wrapper->owner->open(vma);
}

static void wrapped_close(struct vm_area_struct *vma)
{
	struct wrapped_ops *wrapper = wrapped(vma);

	if (wrapper->owner && wrapper->owner->close)
		wrapper->owner->close(vma);
	if (!refcount_dec_and_test(&wrapper->users))
		return;
	if (wrapper->ram)
		pciem_ram_put(wrapper->ram);
	kfree(wrapper);
	module_put(THIS_MODULE);
}

static int wrap(struct vm_area_struct *vma, const struct vm_operations_struct *ops,
		struct pciem_ram *ram)
{
	const struct wrapped_ops initial = {
		.ops = {
			.open = wrapped_open,
			.close = wrapped_close,
			.may_split = ops->may_split,
			.mremap = ops->mremap,
			.fault = ops->fault,
			.huge_fault = ops->huge_fault,
			.page_mkwrite = ops->page_mkwrite,
			.pfn_mkwrite = ops->pfn_mkwrite,
			.access = ops->access,
			.name = ops->name,
		},
		.owner = vma->vm_ops,
		.users = REFCOUNT_INIT(1),
		.ram = ram,
	};
	struct wrapped_ops *wrapper = kmemdup(&initial, sizeof(initial), GFP_KERNEL_ACCOUNT);

	if (!wrapper)
		return -ENOMEM;
	if (ram)
		pciem_ram_get(ram);
	__module_get(THIS_MODULE);
	WRITE_ONCE(vma->vm_ops, &wrapper->ops);
	return 0;
}

/* Page table entries without a reference on the page: the mapping holds all of them. */
static int keep(struct vm_area_struct *vma, struct pciem_ram *ram)
{
	int ret;

	mutex_lock(&wrap_lock);
	if (vma->vm_ops->close != wrapped_close)
		ret = wrap(vma, vma->vm_ops, ram);
	else
		ret = wrapped(vma)->ram == ram ? 0 : -EBUSY;
	mutex_unlock(&wrap_lock);
	return ret;
}

/**
 * pciem_user_remap() - takes the place of remap_pfn_range() for our addresses
 * @vma: mapping, the whole of which is remapped
 * @address: its start
 * @pfn: page frame in a window of ours
 * @size: its length
 * @protection: of the page table entries
 *
 * Called from mmap(), or, by older vfio-pci, from its fault handler: the fault
 * is then taken once more and comes to us.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int pciem_user_remap(struct vm_area_struct *vma, unsigned long address, unsigned long pfn,
		     unsigned long size, pgprot_t protection)
{
	struct pciem_ram *ram;
	u64 offset;

	if (address != vma->vm_start)
		return -EINVAL;
	ram = pciem_ram_at((u64)pfn << PAGE_SHIFT, &offset);
	if (ram) {
		vma->vm_page_prot = pciem_ram_protection(ram, protection);
		pciem_ram_put(ram);
	}
	/* What the fault handler counts from; as remap_pfn_range() does for private ones. */
	vma->vm_pgoff = pfn;
	pciem_vma_set_io(vma);
	/* Files in sysfs outlive no device, and their mappings must not have close(). */
	if (vma->vm_file && file_inode(vma->vm_file)->i_sb->s_magic == SYSFS_MAGIC) {
		vma->vm_ops = &user_ops;
		return 0;
	}
	return wrap(vma, &user_ops, NULL);
}

/*
 * The owner's fault handler would insert a page frame of a trapped BAR at
 * @address.
 */
static vm_fault_t emulate_in(struct vm_area_struct *vma, unsigned long address, unsigned long pfn)
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

/**
 * pciem_user_insert_prot() - takes the place of vmf_insert_pfn_prot()
 * @vma: mapping in which a fault is being served
 * @address: page of the fault
 * @pfn: page frame in a window of ours
 * @protection: of the page table entry
 *
 * Return: what a fault handler returns.
 */
vm_fault_t pciem_user_insert_prot(struct vm_area_struct *vma, unsigned long address,
				  unsigned long pfn, pgprot_t protection)
{
	struct pciem_ram *ram;
	struct page *page;
	vm_fault_t ret;
	u64 offset;
	int error;

	ram = pciem_ram_at((u64)pfn << PAGE_SHIFT, &offset);
	if (!ram)
		return emulate_in(vma, address, pfn);
	page = pciem_ram_page(ram, offset);
	if (vma->vm_flags & VM_MIXEDMAP) {
		error = vm_insert_page(vma, address & PAGE_MASK, page);
		ret = error && error != -EBUSY ? vmf_error(error) : VM_FAULT_NOPAGE;
	} else {
		error = keep(vma, ram);
		ret = error ? vmf_error(error) :
			      vmf_insert_pfn_prot(vma, address, page_to_pfn(page),
						  pciem_ram_protection(ram, protection));
	}
	pciem_ram_put(ram);
	return ret;
}

/* Takes the place of vmf_insert_pfn(), as above. */
vm_fault_t pciem_user_insert(struct vm_area_struct *vma, unsigned long address,
			     unsigned long pfn)
{
	return pciem_user_insert_prot(vma, address, pfn, vma->vm_page_prot);
}

/* Takes the place of vmf_insert_pfn_pmd() and _pud(): page by page, please. */
vm_fault_t pciem_user_insert_huge(void)
{
	return VM_FAULT_FALLBACK;
}
