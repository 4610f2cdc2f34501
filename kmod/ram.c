// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs of real memory, such as a frame buffer.
 *
 * The address of such a BAR is in a window of ours like any other, with nothing
 * behind it. What is mapped are pages from the page allocator, which need not be
 * contiguous: ioremap() is answered with vmap(), mappings in user space get the
 * pages by page fault. All mappings agree in whether they are cached, as the
 * architecture demands.
 *
 * Pages live until the last mapping is gone, whatever becomes of the endpoint.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <asm/set_memory.h>

#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

/**
 * struct pciem_ram - the memory of one BAR
 * @kref: the register space, each mapping in the kernel, some in user space
 * @count: pages
 * @cached: write-back; else every mapping is uncached or write-combining
 * @pages: the pages
 */
struct pciem_ram {
	struct kref kref;
	unsigned long count;
	bool cached;
	struct page **pages;
};

/* What our ioremap() has given out, by the number of its first virtual page. */
static DEFINE_XARRAY(mapped);

static void pages_free(struct pciem_ram *ram)
{
	/* The last reference of a page may be a mapping in user space. */
	while (ram->count)
		__free_page(ram->pages[--ram->count]);
	kvfree(ram->pages);
	kfree(ram);
}

static void ram_release(struct kref *kref)
{
	struct pciem_ram *ram = container_of(kref, struct pciem_ram, kref);

	if (!ram->cached && set_pages_array_wb(ram->pages, ram->count))
		pr_err("%lu pages stay uncached\n", ram->count);
	pages_free(ram);
	module_put(THIS_MODULE);
}

void pciem_ram_get(struct pciem_ram *ram)
{
	kref_get(&ram->kref);
}

/* May sleep. */
void pciem_ram_put(struct pciem_ram *ram)
{
	kref_put(&ram->kref, ram_release);
}

/**
 * pciem_ram_alloc() - memory for a BAR
 * @size: bytes, a multiple of the page size
 * @cached: see struct pciem_ram
 *
 * Return: zeroed memory with a reference, or an error pointer.
 */
struct pciem_ram *pciem_ram_alloc(u64 size, bool cached)
{
	unsigned long count = size >> PAGE_SHIFT;
	struct pciem_ram *ram = kzalloc(sizeof(*ram), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!ram)
		return ERR_PTR(-ENOMEM);
	kref_init(&ram->kref);
	ram->cached = cached;
	ram->pages = kvcalloc(count, sizeof(*ram->pages), GFP_KERNEL_ACCOUNT);
	if (!ram->pages)
		goto free;
	while (ram->count < count) {
		/* No reason to have the OOM killer look for more. */
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO |
					       __GFP_RETRY_MAYFAIL | __GFP_NOWARN);

		if (!page)
			goto free;
		ram->pages[ram->count++] = page;
		cond_resched();
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			goto free;
		}
	}
	if (!cached) {
		ret = set_pages_array_wc(ram->pages, count);
		if (ret)
			goto free;
	}
	__module_get(THIS_MODULE);
	return ram;
free:
	pages_free(ram);
	return ERR_PTR(ret);
}

struct page *pciem_ram_page(struct pciem_ram *ram, u64 offset)
{
	return ram->pages[offset >> PAGE_SHIFT];
}

/**
 * pciem_ram_protection() - how a mapping of the memory may be cached
 * @ram: memory
 * @wanted: what was asked for
 *
 * Return: @wanted if all mappings may be so; else write-back or write-combining,
 * as x86 does if a range is mapped already.
 */
pgprot_t pciem_ram_protection(const struct pciem_ram *ram, pgprot_t wanted)
{
	if (ram->cached)
		return __pgprot(pgprot_val(wanted) & ~(pgprotval_t)_PAGE_CACHE_MASK);
	if ((pgprot_val(wanted) ^ pgprot_val(pgprot_noncached(wanted))) & _PAGE_CACHE_MASK)
		return pgprot_writecombine(wanted);
	return wanted;
}

/* The device maps the memory; the pages keep themselves alive in the mapping. */
int pciem_ram_mmap(struct pciem_ram *ram, struct vm_area_struct *vma)
{
	vma->vm_page_prot = pciem_ram_protection(ram, vma->vm_page_prot);
	return vm_map_pages(vma, ram->pages, ram->count);
}

/**
 * pciem_ram_copy() - an access that was not made through a mapping
 * @ram: memory
 * @offset: in it; @length bytes from there on lie inside
 * @data: from where or to where
 * @length: bytes
 * @write: to the memory
 */
void pciem_ram_copy(struct pciem_ram *ram, u64 offset, void *data, u32 length, bool write)
{
	while (length) {
		void *at = page_address(pciem_ram_page(ram, offset)) + offset_in_page(offset);
		u32 part = min_t(u32, length, PAGE_SIZE - offset_in_page(offset));

		if (write)
			memcpy(at, data, part);
		else
			memcpy(data, at, part);
		offset += part;
		data += part;
		length -= part;
	}
}

/**
 * pciem_ram_ioremap() - takes the place of ioremap() for such a BAR
 * @ram: memory
 * @offset: in it
 * @size: bytes; all of them have to lie inside
 * @wanted: protection
 *
 * Return: the mapping, for pciem_ram_iounmap(), or NULL.
 */
void __iomem *pciem_ram_ioremap(struct pciem_ram *ram, u64 offset, u64 size, pgprot_t wanted)
{
	u64 first = offset >> PAGE_SHIFT;
	u64 last = (offset + size - 1) >> PAGE_SHIFT;
	void *address;

	if (!size || last < first || last >= ram->count) {
		pr_warn("ioremap() of %llu bytes at %#llx of a BAR of %llu bytes: refused\n", size,
			offset, (u64)ram->count << PAGE_SHIFT);
		return NULL;
	}
	address = vmap(ram->pages + first, last - first + 1, VM_MAP,
		       pciem_ram_protection(ram, wanted));
	if (!address)
		return NULL;
	if (xa_err(xa_store(&mapped, (unsigned long)address >> PAGE_SHIFT, ram, GFP_KERNEL))) {
		vunmap(address);
		return NULL;
	}
	pciem_ram_get(ram);
	return (void __iomem *)(address + offset_in_page(offset));
}

/* Has pciem_ram_ioremap() given this address out? In any context. */
bool pciem_ram_is_mapped(unsigned long address)
{
	return xa_load(&mapped, address >> PAGE_SHIFT);
}

/* Takes the place of iounmap() for what pciem_ram_ioremap() has given out. */
void pciem_ram_iounmap(unsigned long address)
{
	struct pciem_ram *ram = xa_erase(&mapped, address >> PAGE_SHIFT);

	if (!ram)
		return;
	vunmap((void *)(address & PAGE_MASK));
	pciem_ram_put(ram);
}
