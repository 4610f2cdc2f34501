// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coherent memory of the driver, mapped by the device worker: rings and queues
 * that it polls without a system call.
 *
 * A page is looked up when it is touched and is held by its page table entry. When
 * the driver frees memory, the entries are taken away; what is touched after that
 * is a page of nobody. All mappings of an endpoint are at file offsets of their
 * own, by which they are found.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

#define FUNCTION_SHIFT	48
#define SLOT_SHIFT	51
#define FLAG		BIT_ULL(60)

/* The function's own page at a bus address, with a reference, or NULL. */
static struct page *find_page(struct pciem_fn *fn, u64 address)
{
	const struct pciem_mapping *mapping;
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&fn->dma_lock, flags);
	mapping = pciem_mapping_find(fn, address);
	if (mapping && mapping->coherent) {
		void *at = mapping->kernel + (address - mapping->address);

		page = is_vmalloc_addr(at) ? vmalloc_to_page(at) : virt_to_page(at);
		get_page(page);
	}
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	return page;
}

static vm_fault_t mapped_fault(struct vm_fault *vmf)
{
	struct pciem_endpoint *ep = vmf->vma->vm_private_data;
	u64 at = (u64)vmf->pgoff << PAGE_SHIFT;
	unsigned int function = (at >> FUNCTION_SHIFT) & (PCIEM_MAX_FUNCTIONS - 1);
	unsigned long flags;

	vmf->page = find_page(&ep->fns[function], at & (BIT_ULL(FUNCTION_SHIFT) - 1));
	if (vmf->page)
		return 0;
	vmf->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vmf->page)
		return VM_FAULT_OOM;
	raw_spin_lock_irqsave(&ep->lock, flags);
	ep->stats.dma_stale++;
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return 0;
}

static const struct vm_operations_struct mapped_ops = {
	.fault = mapped_fault,
};

static bool is_coherent(struct pciem_fn *fn, u64 address, u64 length)
{
	const struct pciem_mapping *mapping;
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&fn->dma_lock, flags);
	mapping = pciem_mapping_find(fn, address);
	found = mapping && mapping->coherent &&
		length <= PAGE_ALIGN(mapping->size) - (address - mapping->address);
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	return found;
}

/**
 * pciem_dma_mmap() - map coherent memory
 * @ep: endpoint, whose file the mapping keeps open
 * @file: that file
 * @vma: mapping, at PCIEM_MMAP_DMA()
 *
 * Return: 0; -EINVAL if this is no such offset or the mapping must not be private;
 * -ENXIO if not all of it is one live mapping of coherent memory.
 */
int pciem_dma_mmap(struct pciem_endpoint *ep, struct file *file, struct vm_area_struct *vma)
{
	u64 at = ((u64)vma->vm_pgoff << PAGE_SHIFT) - FLAG;
	unsigned int function = at >> FUNCTION_SHIFT;

	if (at >= (u64)ep->num_functions << FUNCTION_SHIFT || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!is_coherent(&ep->fns[function], at & (BIT_ULL(FUNCTION_SHIFT) - 1),
			 vma->vm_end - vma->vm_start))
		return -ENXIO;
	vma->vm_pgoff += (u64)ep->slot << SLOT_SHIFT >> PAGE_SHIFT;
	pciem_vma_set_unshared(vma);
	vma->vm_private_data = ep;
	vma->vm_ops = &mapped_ops;
	/* Before the first page is there to be taken away: see pciem_dma_mmap_freed(). */
	if (!cmpxchg(&ep->inode, NULL, file_inode(file)))
		ihold(file_inode(file));
	return 0;
}

/* All of them: what is still live comes back with the next access. */
static void unmap_work(struct work_struct *work)
{
	struct pciem_endpoint *ep = container_of(work, struct pciem_endpoint, unmap_work);

	unmap_mapping_range(ep->inode->i_mapping, FLAG | (u64)ep->slot << SLOT_SHIFT,
			    BIT_ULL(SLOT_SHIFT), 1);
}

/* The driver has freed coherent memory, maybe where it cannot sleep. */
void pciem_dma_mmap_freed(struct pciem_fn *fn)
{
	if (READ_ONCE(fn->endpoint->inode))
		schedule_work(&fn->endpoint->unmap_work);
}

void pciem_dma_mmap_init(struct pciem_endpoint *ep)
{
	INIT_WORK(&ep->unmap_work, unmap_work);
}

void pciem_dma_mmap_release(struct pciem_endpoint *ep)
{
	cancel_work_sync(&ep->unmap_work);
	if (ep->inode)
		iput(ep->inode);
}
