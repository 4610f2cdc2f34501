// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap() of one of our addresses returns a cookie.
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

static bool in_window(const struct pciem_endpoint *ep, u64 address, u64 *bus)
{
	unsigned int i;

	for (i = 0; i < PCIEM_NUM_WINDOWS; i++) {
		const struct pciem_window *window = &ep->windows[i];

		if (!READ_ONCE(window->claimed) || address < window->resource.start ||
		    address > window->resource.end)
			continue;
		*bus = address - window->offset;
		return true;
	}
	return false;
}

static u64 cookie_in(struct pciem_endpoint *ep, u64 bus)
{
	unsigned int bar;
	u64 offset;
	struct pciem_fn *fn = pciem_config_find_bar(ep, bus, &bar, &offset);

	if (fn)
		return pciem_cookie(ep->id, fn->number, bar, offset);
	/* In the window but in no BAR: a cookie that nobody claims. */
	return pciem_cookie(ep->id, 0, PCIEM_SPACE_CONFIG, bus & (BIT_ULL(34) - 1));
}

/**
 * pciem_cookie_at() - the cookie of a CPU address
 * @address: physical address, as in the resource of a BAR
 *
 * Return: the cookie, or 0 if the address is not ours.
 */
u64 pciem_cookie_at(u64 address)
{
	u64 cookie = 0;
	unsigned int slot;

	rcu_read_lock();
	for (slot = 0; slot < PCIEM_MAX_ENDPOINTS && !cookie; slot++) {
		struct pciem_endpoint *ep = pciem_endpoint_at(slot);
		u64 bus;

		if (ep && in_window(ep, address, &bus))
			cookie = cookie_in(ep, bus);
	}
	rcu_read_unlock();
	return cookie;
}

/* Takes the place of ioremap() for our addresses. */
static void __iomem *ioremap_cookie(resource_size_t address)
{
	return (void __iomem *)pciem_cookie_at(address);
}

/* Takes the place of iounmap() for cookies: there is nothing to undo. */
static void iounmap_cookie(void)
{
}

static int enter_ioremap(struct kprobe *probe, struct pt_regs *regs)
{
	if (!pciem_cookie_at(regs->di))
		return 0;
	regs->ip = (unsigned long)ioremap_cookie;
	return 1;
}

static int enter_remap_pfn_range(struct kprobe *probe, struct pt_regs *regs)
{
	if (!pciem_cookie_at((u64)regs->dx << PAGE_SHIFT))
		return 0;
	regs->ip = (unsigned long)pciem_user_remap;
	return 1;
}

static int enter_vmf_insert_pfn(struct kprobe *probe, struct pt_regs *regs)
{
	if (!pciem_cookie_at((u64)regs->dx << PAGE_SHIFT))
		return 0;
	regs->ip = (unsigned long)pciem_user_insert;
	return 1;
}

static int enter_iounmap(struct kprobe *probe, struct pt_regs *regs)
{
	if (!pciem_is_cookie(regs->di))
		return 0;
	regs->ip = (unsigned long)iounmap_cookie;
	return 1;
}

/* A probe that changes ip must not be optimised; this says so. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

#define IOREMAP_PROBE(name) { \
	.symbol_name = name, \
	.pre_handler = enter_ioremap, \
	.post_handler = after, \
}

static struct kprobe probes[] = {
	IOREMAP_PROBE("ioremap"),
	IOREMAP_PROBE("ioremap_uc"),
	IOREMAP_PROBE("ioremap_wc"),
	IOREMAP_PROBE("ioremap_wt"),
	IOREMAP_PROBE("ioremap_cache"),
	IOREMAP_PROBE("ioremap_prot"),
	IOREMAP_PROBE("ioremap_encrypted"),
	{
		.symbol_name = "remap_pfn_range",
		.pre_handler = enter_remap_pfn_range,
		.post_handler = after,
	},
	{
		.symbol_name = "vmf_insert_pfn",
		.pre_handler = enter_vmf_insert_pfn,
		.post_handler = after,
	},
	{
		.symbol_name = "iounmap",
		.pre_handler = enter_iounmap,
		.post_handler = after,
	},
};

int pciem_remap_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		ret = register_kprobe(&probes[i]);
		if (!ret)
			continue;
		pr_err("cannot hook %s: %d; is CONFIG_KPROBES on?\n", probes[i].symbol_name, ret);
		while (i--)
			unregister_kprobe(&probes[i]);
		return ret;
	}
	return 0;
}

void pciem_remap_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		unregister_kprobe(&probes[i]);
}
