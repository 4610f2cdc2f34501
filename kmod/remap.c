// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap() of one of our addresses returns a cookie, or the pages of a BAR of
 * real memory.
 *
 * Kprobes at the entry of ioremap() and its sisters look at the address; for
 * one of ours they continue in our own function of the same shape, so that the
 * real mapping is never made. devm_, pcim_ and pci_iomap() end up here too, and
 * memremap() through ioremap_cache().
 *
 * Mappings of BARs into user space are caught where their page table entries
 * would be made: see user.c.
 */
#include <linux/kprobes.h>
#include <linux/io.h>
#include <asm/ptrace.h>

#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

static bool in_window(const struct pciem_endpoint *ep, bool io, u64 address, u64 *bus)
{
	unsigned int i;

	for (i = 0; i < PCIEM_NUM_WINDOWS; i++) {
		const struct pciem_window *window = &ep->windows[i];

		if (io ? i != PCIEM_WINDOW_IO : i == PCIEM_WINDOW_IO)
			continue;
		if (!READ_ONCE(window->claimed) || address < window->resource.start ||
		    address > window->resource.end)
			continue;
		*bus = address - window->offset;
		return true;
	}
	return false;
}

static u64 cookie_in(struct pciem_endpoint *ep, bool io, u64 bus)
{
	unsigned int bar;
	u64 offset;
	struct pciem_fn *fn = pciem_config_find_bar(ep, io, bus, &bar, &offset);

	if (fn)
		return pciem_cookie(ep->id, fn->number, bar, offset);
	/* In the window but in no BAR: a cookie that nobody claims. */
	return pciem_cookie(ep->id, 0, PCIEM_SPACE_CONFIG, bus & (BIT_ULL(34) - 1));
}

static u64 find_cookie(bool io, u64 address)
{
	u64 cookie = 0;
	unsigned int slot;

	rcu_read_lock();
	for (slot = 0; slot < PCIEM_MAX_ENDPOINTS && !cookie; slot++) {
		struct pciem_endpoint *ep = pciem_endpoint_at(slot);
		u64 bus;

		if (ep && in_window(ep, io, address, &bus))
			cookie = cookie_in(ep, io, bus);
	}
	rcu_read_unlock();
	return cookie;
}

/**
 * pciem_cookie_at() - the cookie of a CPU address
 * @address: physical address, as in the resource of a BAR
 *
 * Return: the cookie, or 0 if the address is not ours.
 */
u64 pciem_cookie_at(u64 address)
{
	return find_cookie(false, address);
}

/* The same for a port, as in the resource of a BAR in I/O space. */
u64 pciem_cookie_at_port(u64 port)
{
	return find_cookie(true, port);
}

/**
 * pciem_ram_at() - the memory behind a CPU address
 * @address: physical address, as in the resource of a BAR
 * @offset: out: offset in the memory
 *
 * Return: the memory, with a reference, or NULL if there is none.
 */
struct pciem_ram *pciem_ram_at(u64 address, u64 *offset)
{
	struct pciem_ram *ram = NULL;
	u64 cookie;

	rcu_read_lock();
	cookie = pciem_cookie_at(address);
	if (cookie)
		ram = pciem_cookie_ram(cookie, offset);
	if (ram)
		pciem_ram_get(ram);
	rcu_read_unlock();
	return ram;
}

/* Takes the place of ioremap() and its sisters for our addresses. */
static void __iomem *remap_ours(resource_size_t address, unsigned long size, pgprot_t protection)
{
	void __iomem *mapping;
	struct pciem_ram *ram;
	u64 offset;

	ram = pciem_ram_at(address, &offset);
	if (!ram)
		return (void __iomem *)pciem_cookie_at(address);
	mapping = pciem_ram_ioremap(ram, offset, size, protection);
	pciem_ram_put(ram);
	return mapping;
}

static void __iomem *remap_uncached(resource_size_t address, unsigned long size)
{
	return remap_ours(address, size, pgprot_noncached(PAGE_KERNEL));
}

static void __iomem *remap_combining(resource_size_t address, unsigned long size)
{
	return remap_ours(address, size, pgprot_writecombine(PAGE_KERNEL));
}

static void __iomem *remap_cached(resource_size_t address, unsigned long size)
{
	return remap_ours(address, size, PAGE_KERNEL);
}

static void __iomem *remap_protected(resource_size_t address, unsigned long size,
				     unsigned long protection)
{
	return remap_ours(address, size, __pgprot(pgprot_val(PAGE_KERNEL) |
						  (protection & _PAGE_CACHE_MASK)));
}

/* Takes the place of ioport_map(): a mapping that is no port, and so is trapped. */
static void __iomem *map_port(unsigned long port)
{
	return (void __iomem *)pciem_cookie_at_port(port);
}

/* Takes the place of iounmap(): for a cookie there is nothing to undo. */
static void unmap_ours(unsigned long address)
{
	pciem_ram_iounmap(address);
}

/**
 * struct hook - a function of the kernel that we take the place of
 * @probe: at its entry
 * @instead: what runs for our addresses
 * @optional: some kernels do not have it
 */
struct hook {
	struct kprobe probe;
	void *instead;
	bool optional;
};

static int divert(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)container_of(probe, struct hook, probe)->instead;
	return 1;
}

static int enter_ioremap(struct kprobe *probe, struct pt_regs *regs)
{
	return pciem_cookie_at(regs->di) ? divert(probe, regs) : 0;
}

static int enter_ioport_map(struct kprobe *probe, struct pt_regs *regs)
{
	return pciem_cookie_at_port(regs->di) ? divert(probe, regs) : 0;
}

static int enter_pfn(struct kprobe *probe, struct pt_regs *regs)
{
	return pciem_cookie_at((u64)regs->dx << PAGE_SHIFT) ? divert(probe, regs) : 0;
}

/* The page frame number may carry flags in its upper bits. */
static int enter_insert_huge(struct kprobe *probe, struct pt_regs *regs)
{
	return pciem_cookie_at((u64)regs->si << PAGE_SHIFT) ? divert(probe, regs) : 0;
}

static int enter_iounmap(struct kprobe *probe, struct pt_regs *regs)
{
	if (!pciem_is_cookie(regs->di) && !pciem_ram_is_mapped(regs->di))
		return 0;
	return divert(probe, regs);
}

/* A probe that changes ip must not be optimised; this says so. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

#define HOOK(name, enter, function, is_optional) { \
	.probe = { .symbol_name = name, .pre_handler = enter, .post_handler = after }, \
	.instead = function, \
	.optional = is_optional, \
}

static struct hook hooks[] = {
	HOOK("ioremap", enter_ioremap, remap_uncached, false),
	HOOK("ioremap_uc", enter_ioremap, remap_uncached, false),
	HOOK("ioremap_wc", enter_ioremap, remap_combining, false),
	HOOK("ioremap_wt", enter_ioremap, remap_cached, false),
	HOOK("ioremap_cache", enter_ioremap, remap_cached, false),
	HOOK("ioremap_prot", enter_ioremap, remap_protected, false),
	HOOK("ioremap_encrypted", enter_ioremap, remap_cached, false),
	/* memremap(): newer kernels have the two above inlined in it. */
	HOOK("arch_memremap_wb", enter_ioremap, remap_cached, true),
	HOOK("ioport_map", enter_ioport_map, map_port, false),
	HOOK("remap_pfn_range", enter_pfn, pciem_user_remap, false),
	HOOK("vmf_insert_pfn", enter_pfn, pciem_user_insert, false),
	HOOK("vmf_insert_pfn_prot", enter_pfn, pciem_user_insert_prot, false),
	HOOK("vmf_insert_pfn_pmd", enter_insert_huge, pciem_user_insert_huge, true),
	HOOK("vmf_insert_pfn_pud", enter_insert_huge, pciem_user_insert_huge, true),
	HOOK("iounmap", enter_iounmap, unmap_ours, false),
};

static void unhook(unsigned int count)
{
	while (count--)
		if (hooks[count].probe.addr)
			unregister_kprobe(&hooks[count].probe);
}

int pciem_remap_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct kprobe *probe = &hooks[i].probe;

		ret = register_kprobe(probe);
		if (!ret)
			continue;
		probe->addr = NULL;
		if (ret == -ENOENT && hooks[i].optional)
			continue;
		pr_err("cannot hook %s: %d; is CONFIG_KPROBES on?\n", probe->symbol_name, ret);
		unhook(i);
		return ret;
	}
	return 0;
}

void pciem_remap_exit(void)
{
	unhook(ARRAY_SIZE(hooks));
}
