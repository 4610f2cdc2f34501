// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA mappings: what the driver lets the device reach.
 *
 * Each mapping gets a bus address that is not the physical one and is not given
 * out again soon, so that a device or driver that uses a stale or invented
 * address is caught. Memory of any physical address can be mapped below any mask;
 * nothing is ever bounced.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

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

/*
 * Who maps: return addresses, ours left out. Only for taps, as it costs time.
 */
static void note_callers(struct pciem_fn *fn, unsigned long *callers)
{
	unsigned long stack[PCIEM_CALLERS + 4];
	unsigned int i, n, count = 0;

	if (list_empty(&fn->endpoint->taps))
		return;
	n = stack_trace_save(stack, ARRAY_SIZE(stack), 1);
	for (i = 0; i < n && count < PCIEM_CALLERS; i++)
		if (!within_module(stack[i], THIS_MODULE))
			callers[count++] = stack[i];
}

/**
 * pciem_mapping_add() - let the device reach something
 * @dev: device
 * @wanted: what: all but node, address and callers; of @address only the offset
 *	in its page counts
 * @mask: bits that the bus address may have
 *
 * Return: bus address, or DMA_MAPPING_ERROR.
 */
dma_addr_t pciem_mapping_add(struct device *dev, const struct pciem_mapping *wanted, u64 mask)
{
	struct pciem_fn *fn = pciem_fn_of(dev);
	struct pciem_mapping *mapping;
	size_t in_page = offset_in_page(wanted->address);
	unsigned long flags;
	u64 address;

	mapping = kmem_cache_alloc(mapping_cache, GFP_ATOMIC);
	if (!mapping)
		return DMA_MAPPING_ERROR;
	*mapping = *wanted;
	note_callers(fn, mapping->callers);
	mask = min_not_zero(mask, dev->bus_dma_limit);

	spin_lock_irqsave(&fn->dma_lock, flags);
	/* With a page that is never mapped, so that no access runs into the next. */
	address = allocate(fn, mask, PAGE_ALIGN(in_page + mapping->size) + PAGE_SIZE);
	if (address) {
		mapping->address = address + in_page;
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

/**
 * pciem_mapping_remove() - the device may reach it no more
 * @dev: device
 * @address: bus address
 *
 * After this returns, the device does not touch the memory.
 */
void pciem_mapping_remove(struct device *dev, dma_addr_t address)
{
	struct pciem_fn *fn = pciem_fn_of(dev);
	struct pciem_mapping *mapping;
	unsigned long flags;

	spin_lock_irqsave(&fn->dma_lock, flags);
	mapping = pciem_mapping_find(fn, address);
	if (mapping && mapping->address == address) {
		rb_erase(&mapping->node, &fn->mappings);
		fn->num_mappings--;
		fn->past[fn->past_next++ % PCIEM_PAST_MAPPINGS] = *mapping;
	} else {
		mapping = NULL;
	}
	spin_unlock_irqrestore(&fn->dma_lock, flags);
	if (mapping)
		kmem_cache_free(mapping_cache, mapping);
	else
		dev_warn_ratelimited(dev, "driver unmaps %pad, which is not mapped\n", &address);
}

static u64 distance(const struct pciem_mapping *mapping, u64 address, u64 length)
{
	if (address + length <= mapping->address)
		return mapping->address - (address + length) + 1;
	if (address >= mapping->address + mapping->size)
		return address - (mapping->address + mapping->size) + 1;
	return 0;
}

/* The core's functions lie between the driver and us. */
static bool is_core(const char *name)
{
	static const char *const prefixes[] = { "dma_", "__dma_", "dmam_", "page_pool_",
						"__page_pool_", "0x" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_has_prefix(name, prefixes[i]))
			return true;
	return false;
}

static unsigned int owner_of(const struct pciem_mapping *mapping, char *text, size_t size)
{
	unsigned int i;

	for (i = 0; i < PCIEM_CALLERS && mapping->callers[i]; i++) {
		/* A name, never an address: what has none begins with 0x. */
		unsigned int length = scnprintf(text, size, "%ps", (void *)mapping->callers[i]);

		if (!is_core(text))
			return length;
	}
	return 0;
}

/**
 * pciem_mapping_nearest() - which mapping an access may have been meant for
 * @fn: function
 * @address: bus address of an access that was refused
 * @length: its bytes
 * @nearest: out: the live or recently unmapped mapping that is nearest to it
 *
 * dma_lock held.
 *
 * Return: how much of @nearest is of use, 0 if the function has no mappings.
 */
u32 pciem_mapping_nearest(struct pciem_fn *fn, u64 address, u64 length,
			  struct pciem_dma_nearest *nearest)
{
	struct pciem_mapping *next = first_after(fn, address);
	struct pciem_mapping *before = next ? entry_of(rb_prev(&next->node)) :
					      entry_of(rb_last(&fn->mappings));
	const struct pciem_mapping *best = next;
	unsigned int i;
	bool live;

	if (!best || (before && distance(before, address, length) <
			       distance(best, address, length)))
		best = before;
	live = best;
	/* The youngest first. */
	for (i = 1; i <= PCIEM_PAST_MAPPINGS; i++) {
		const struct pciem_mapping *past =
			&fn->past[(fn->past_next - i) % PCIEM_PAST_MAPPINGS];

		if (!past->size || (best && distance(past, address, length) >=
					    distance(best, address, length)))
			continue;
		best = past;
		live = false;
	}
	if (!best)
		return 0;
	*nearest = (struct pciem_dma_nearest){
		.address = best->address,
		.size = best->size,
		.direction = best->direction,
		.flags = (live ? PCIEM_NEAREST_LIVE : 0) |
			 (best->coherent ? PCIEM_NEAREST_COHERENT : 0),
	};
	return offsetof(struct pciem_dma_nearest, owner) +
	       owner_of(best, nearest->owner, sizeof(nearest->owner));
}

/* What a driver has left behind; the memory is the driver's. */
void pciem_mapping_release(struct pciem_fn *fn)
{
	struct pciem_mapping *mapping, *next;

	rbtree_postorder_for_each_entry_safe(mapping, next, &fn->mappings, node)
		kmem_cache_free(mapping_cache, mapping);
	fn->mappings = RB_ROOT;
}

int pciem_mapping_init(void)
{
	mapping_cache = KMEM_CACHE(pciem_mapping, 0);
	return mapping_cache ? 0 : -ENOMEM;
}

void pciem_mapping_exit(void)
{
	kmem_cache_destroy(mapping_cache);
}
