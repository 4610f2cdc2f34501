// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA mappings: what the driver lets the device reach.
 *
 * The functions have DMA operations of their own. Each mapping gets a bus
 * address that is not the physical one and is not given out again soon, so that
 * a device or driver that uses a stale or invented address is caught. Memory of
 * any physical address can be mapped below any mask; nothing is ever bounced.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

/* Bus addresses: page aligned, below the device's mask. */
#define IOVA_FIRST_24	SZ_64K
#define IOVA_FIRST_32	SZ_256M
#define IOVA_LAST_32	0xfedfffffULL	/* MSI messages are above */
#define IOVA_FIRST_64	BIT_ULL(36)
#define IOVA_LAST_64	DMA_BIT_MASK(47)

static struct kmem_cache *mapping_cache;

static struct pciem_mapping *entry_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct pciem_mapping, node);
}

/* The lowest mapping that ends after @address. dma_lock held. */
static struct pciem_mapping *first_after(struct pciem_fn *fn, u64 address)
{
	struct rb_node *node = fn->mappings.rb_node;
	struct pciem_mapping *found = NULL;

	while (node) {
		struct pciem_mapping *mapping = entry_of(node);

		if (mapping->address + mapping->size > address) {
			found = mapping;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * pciem_mapping_find() - the live mapping that holds an address
 * @fn: function
 * @address: bus address
 *
 * Return: the mapping, or NULL. Valid while the caller holds dma_lock.
 */
struct pciem_mapping *pciem_mapping_find(struct pciem_fn *fn, u64 address)
{
	struct pciem_mapping *mapping = first_after(fn, address);

	return mapping && mapping->address <= address ? mapping : NULL;
}

static void insert(struct pciem_fn *fn, struct pciem_mapping *mapping)
{
	struct rb_node **link = &fn->mappings.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = mapping->address < entry_of(parent)->address ? &parent->rb_left :
								      &parent->rb_right;
	}
	rb_link_node(&mapping->node, parent, link);
	rb_insert_color(&mapping->node, &fn->mappings);
}

/* A free range from @from on; 0 if there is none up to @last. */
static u64 search(struct pciem_fn *fn, u64 from, u64 last, u64 size)
{
	struct pciem_mapping *next = first_after(fn, from);

	while (next && next->address < from + size) {
		from = PAGE_ALIGN(next->address + next->size);
		next = entry_of(rb_next(&next->node));
	}
	return from + size - 1 <= last ? from : 0;
}

static void limits(u64 mask, u64 *first, u64 *last)
{
	if (mask >= IOVA_FIRST_64 * 2) {
		*first = IOVA_FIRST_64;
		*last = min_t(u64, mask, IOVA_LAST_64);
	} else if (mask >= IOVA_FIRST_32 * 2) {
		*first = IOVA_FIRST_32;
		*last = min_t(u64, mask, IOVA_LAST_32);
	} else {
		*first = IOVA_FIRST_24;
		*last = mask;
	}
}

/* Next fit: an address is not used again before the others have been. */
static u64 allocate(struct pciem_fn *fn, u64 mask, u64 size)
{
	u64 first, last, address = 0;

	limits(mask, &first, &last);
	if (fn->iova_next >= first && fn->iova_next <= last)
		address = search(fn, fn->iova_next, last, size);
	if (!address)
		address = search(fn, first, last, size);
	if (address)
		fn->iova_next = address + size;
	return address;
}

static dma_addr_t map(struct device *dev, void *kernel, size_t size, u64 mask,
		      enum dma_data_direction direction, bool coherent)
{
	struct pciem_fn *fn = pciem_fn_of(dev);
	struct pciem_mapping *mapping;
	size_t in_page = offset_in_page(kernel);
	unsigned long flags;
	u64 address;

	mapping = kmem_cache_alloc(mapping_cache, GFP_ATOMIC);
	if (!mapping)
		return DMA_MAPPING_ERROR;
	mask = min_not_zero(mask, dev->bus_dma_limit);

	spin_lock_irqsave(&fn->dma_lock, flags);
	/* With a page that is never mapped, so that no access runs into the next. */
	address = allocate(fn, mask, PAGE_ALIGN(in_page + size) + PAGE_SIZE);
	if (address) {
		*mapping = (struct pciem_mapping){
			.address = address + in_page,
			.size = size,
			.kernel = kernel,
			.direction = direction,
			.coherent = coherent,
		};
		insert(fn, mapping);
		fn->num_mappings++;
	}
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	if (!address) {
		kmem_cache_free(mapping_cache, mapping);
		return DMA_MAPPING_ERROR;
	}
	return address + in_page;
}

/* After this returns, the device does not touch the memory any more. */
static void unmap(struct device *dev, dma_addr_t address)
{
	struct pciem_fn *fn = pciem_fn_of(dev);
	struct pciem_mapping *mapping;
	unsigned long flags;

	spin_lock_irqsave(&fn->dma_lock, flags);
	mapping = pciem_mapping_find(fn, address);
	if (mapping && mapping->address == address) {
		rb_erase(&mapping->node, &fn->mappings);
		fn->num_mappings--;
	} else {
		mapping = NULL;
	}
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	if (mapping)
		kmem_cache_free(mapping_cache, mapping);
	else
		dev_warn_ratelimited(dev, "driver unmaps %pad, which is not mapped\n", &address);
}

/* Physically contiguous where that is possible: some drivers rely on it. */
static void *coherent_pages(size_t size, gfp_t gfp)
{
	gfp &= ~(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP);
	if (get_order(size) <= 10) {
		void *kernel = alloc_pages_exact(size, gfp | __GFP_ZERO | __GFP_NOWARN);

		if (kernel)
			return kernel;
	}
	return gfpflags_allow_blocking(gfp) ? vmalloc_user(PAGE_ALIGN(size)) : NULL;
}

static void coherent_free(void *kernel, size_t size)
{
	if (is_vmalloc_addr(kernel))
		vfree(kernel);
	else
		free_pages_exact(kernel, size);
}

static void *op_alloc(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
		      unsigned long attrs)
{
	void *kernel = coherent_pages(size, gfp);

	if (!kernel)
		return NULL;
	*handle = map(dev, kernel, size, dev->coherent_dma_mask, DMA_BIDIRECTIONAL, true);
	if (*handle != DMA_MAPPING_ERROR)
		return kernel;
	coherent_free(kernel, size);
	return NULL;
}

static void op_free(struct device *dev, size_t size, void *kernel, dma_addr_t handle,
		    unsigned long attrs)
{
	unmap(dev, handle);
	coherent_free(kernel, size);
}

static struct page *op_alloc_pages(struct device *dev, size_t size, dma_addr_t *handle,
				   enum dma_data_direction direction, gfp_t gfp)
{
	void *kernel = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (!kernel)
		return NULL;
	*handle = map(dev, kernel, size, dev->coherent_dma_mask, direction, false);
	if (*handle != DMA_MAPPING_ERROR)
		return virt_to_page(kernel);
	free_pages_exact(kernel, size);
	return NULL;
}

static void op_free_pages(struct device *dev, size_t size, struct page *page, dma_addr_t handle,
			  enum dma_data_direction direction)
{
	unmap(dev, handle);
	free_pages_exact(page_address(page), size);
}

static int op_mmap(struct device *dev, struct vm_area_struct *vma, void *kernel,
		   dma_addr_t handle, size_t size, unsigned long attrs)
{
	unsigned long length = vma->vm_end - vma->vm_start;
	unsigned long offset = vma->vm_pgoff << PAGE_SHIFT;

	if (offset > PAGE_ALIGN(size) || length > PAGE_ALIGN(size) - offset)
		return -ENXIO;
	if (is_vmalloc_addr(kernel))
		return remap_vmalloc_range(vma, kernel, vma->vm_pgoff);
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(virt_to_page(kernel + offset)),
			       length, vma->vm_page_prot);
}

static int op_get_sgtable(struct device *dev, struct sg_table *table, void *kernel,
			  dma_addr_t handle, size_t size, unsigned long attrs)
{
	unsigned int i, count = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	int ret;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		void *at = kernel + i * PAGE_SIZE;

		pages[i] = is_vmalloc_addr(kernel) ? vmalloc_to_page(at) : virt_to_page(at);
	}
	ret = sg_alloc_table_from_pages(table, pages, count, 0, size, GFP_KERNEL);
	kvfree(pages);
	return ret;
}

static void op_unmap(struct device *dev, dma_addr_t handle, size_t size,
		     enum dma_data_direction direction, unsigned long attrs)
{
	unmap(dev, handle);
}

static dma_addr_t op_map_phys(struct device *dev, phys_addr_t address, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	/* Another device's registers are no memory of ours. */
	if (!pfn_valid(PHYS_PFN(address)))
		return DMA_MAPPING_ERROR;
	return map(dev, phys_to_virt(address), size, *dev->dma_mask, direction, false);
}

#ifndef PCIEM_HAVE_MAP_PHYS
static dma_addr_t op_map_page(struct device *dev, struct page *page, unsigned long offset,
			      size_t size, enum dma_data_direction direction, unsigned long attrs)
{
	return op_map_phys(dev, page_to_phys(page) + offset, size, direction, attrs);
}
#endif

static void op_unmap_sg(struct device *dev, struct scatterlist *list, int count,
			enum dma_data_direction direction, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, count, i)
		unmap(dev, sg_dma_address(sg));
}

static int op_map_sg(struct device *dev, struct scatterlist *list, int count,
		     enum dma_data_direction direction, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, count, i) {
		sg_dma_address(sg) = map(dev, sg_virt(sg), sg->length, *dev->dma_mask, direction,
					 false);
		if (sg_dma_address(sg) == DMA_MAPPING_ERROR) {
			op_unmap_sg(dev, list, i, direction, attrs);
			return -ENOMEM;
		}
		sg_dma_len(sg) = sg->length;
	}
	return count;
}

static int op_dma_supported(struct device *dev, u64 mask)
{
	return mask >= DMA_BIT_MASK(24);
}

const struct dma_map_ops pciem_dma_ops = {
	.alloc = op_alloc,
	.free = op_free,
	.alloc_pages_op = op_alloc_pages,
	.free_pages = op_free_pages,
	.mmap = op_mmap,
	.get_sgtable = op_get_sgtable,
#ifdef PCIEM_HAVE_MAP_PHYS
	.map_phys = op_map_phys,
	.unmap_phys = op_unmap,
#else
	.map_page = op_map_page,
	.unmap_page = op_unmap,
#endif
	.map_sg = op_map_sg,
	.unmap_sg = op_unmap_sg,
	.dma_supported = op_dma_supported,
};

/* What a driver has left behind; the memory is the driver's. */
void pciem_dma_release(struct pciem_fn *fn)
{
	struct pciem_mapping *mapping, *next;

	rbtree_postorder_for_each_entry_safe(mapping, next, &fn->mappings, node)
		kmem_cache_free(mapping_cache, mapping);
	fn->mappings = RB_ROOT;
}

int pciem_dma_ops_init(void)
{
	mapping_cache = KMEM_CACHE(pciem_mapping, 0);
	return mapping_cache ? 0 : -ENOMEM;
}

void pciem_dma_ops_exit(void)
{
	kmem_cache_destroy(mapping_cache);
}
