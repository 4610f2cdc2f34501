// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA operations of our functions: what becomes of dma_map_*() and its
 * sisters. The mappings themselves are in mapping.c.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

static dma_addr_t map(struct device *dev, void *kernel, size_t size, u64 mask,
		      enum dma_data_direction direction, bool coherent)
{
	const struct pciem_mapping mapping = {
		.address = (unsigned long)kernel,
		.size = size,
		.kernel = kernel,
		.direction = direction,
		.coherent = coherent,
	};

	return pciem_mapping_add(dev, &mapping, mask);
}

/* Registers or memory of another of our devices. */
static dma_addr_t map_peer(struct device *dev, phys_addr_t address, size_t size,
			   enum dma_data_direction direction)
{
	const struct pciem_mapping mapping = {
		.address = address,
		.size = size,
		.peer = address,
		.direction = direction,
	};

	return pciem_mapping_add(dev, &mapping, *dev->dma_mask);
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
	pciem_mapping_remove(dev, handle);
	pciem_dma_mmap_freed(pciem_fn_of(dev));
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
	pciem_mapping_remove(dev, handle);
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
	pciem_mapping_remove(dev, handle);
}

/* Another device's registers, in most cases. */
static dma_addr_t op_map_resource(struct device *dev, phys_addr_t address, size_t size,
				  enum dma_data_direction direction, unsigned long attrs)
{
	if (pciem_cookie_at(address))
		return map_peer(dev, address, size, direction);
	/* The registers of a real device are out of our reach. */
	if (!pfn_valid(PHYS_PFN(address)))
		return DMA_MAPPING_ERROR;
	return map(dev, phys_to_virt(address), size, *dev->dma_mask, direction, false);
}

#ifdef PCIEM_HAVE_MAP_PHYS
static dma_addr_t op_map_phys(struct device *dev, phys_addr_t address, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	if (attrs & DMA_ATTR_MMIO)
		return op_map_resource(dev, address, size, direction, attrs);
	return map(dev, phys_to_virt(address), size, *dev->dma_mask, direction, false);
}
#else
static dma_addr_t op_map_page(struct device *dev, struct page *page, unsigned long offset,
			      size_t size, enum dma_data_direction direction, unsigned long attrs)
{
	return map(dev, page_address(page) + offset, size, *dev->dma_mask, direction, false);
}
#endif

static void op_unmap_sg(struct device *dev, struct scatterlist *list, int count,
			enum dma_data_direction direction, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, count, i)
		pciem_mapping_remove(dev, sg_dma_address(sg));
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
	.map_resource = op_map_resource,
	.unmap_resource = op_unmap,
#endif
	.map_sg = op_map_sg,
	.unmap_sg = op_unmap_sg,
	.dma_supported = op_dma_supported,
};
