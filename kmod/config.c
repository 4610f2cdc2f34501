// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space: an image and masks like any register space, plus what
 * the module itself must know: BAR addresses, COMMAND, MSI, MSI-X, FLR.
 * Everything else is data that user space has declared.
 */
#include <linux/ktime.h>
#include <linux/ratelimit.h>

#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

static u8 get8(struct pciem_fn *fn, unsigned int offset)
{
	return READ_ONCE(fn->spaces[PCIEM_SPACE_CONFIG].image[offset]);
}

/* Capability list (PCI 3.0 6.7); entries are at dwords from 0x40 on. */
static u16 find_capability(struct pciem_fn *fn, u8 id)
{
	unsigned int limit = 48;
	u8 at;

	if (!(pciem_config_get16(fn, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	at = get8(fn, PCI_CAPABILITY_LIST) & ~3;
	while (at >= 0x40 && limit--) {
		if (get8(fn, at) == id)
			return at;
		at = get8(fn, at + 1) & ~3;
	}
	return 0;
}

static int parse_range(struct pciem_fn *fn, const char *what, u32 reg, u32 length, u8 *bar,
		       u32 *offset)
{
	*bar = reg & PCI_MSIX_TABLE_BIR;
	*offset = reg & PCI_MSIX_TABLE_OFFSET;
	if (*bar < 6 && fn->spaces[*bar].image && fn->bars[*bar].kind == PCIEM_BAR_TRAPPED &&
	    (u64)*offset + length <= fn->spaces[*bar].size)
		return 0;
	pr_err_ratelimited("%s: MSI-X %s at %#x is not inside BAR %u\n", fn->endpoint->name,
			   what, *offset, *bar);
	return -EINVAL;
}

/**
 * pciem_config_parse() - find what the module serves itself
 * @fn: function whose config space has been filled in
 *
 * Return: 0, or -EINVAL if it is no endpoint's, or MSI-X lies outside its BAR.
 */
int pciem_config_parse(struct pciem_fn *fn)
{
	struct pciem_msix *msix = &fn->msix;
	u8 type = get8(fn, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;
	int ret;

	if (type != PCI_HEADER_TYPE_NORMAL) {
		pr_err_ratelimited("%s: header type %u is no endpoint's\n", fn->endpoint->name,
				   type);
		return -EINVAL;
	}
	/* What an earlier attempt has found. */
	*msix = (struct pciem_msix){};
	fn->pm_cap = find_capability(fn, PCI_CAP_ID_PM);
	fn->pcie_cap = find_capability(fn, PCI_CAP_ID_EXP);
	fn->msi_cap = find_capability(fn, PCI_CAP_ID_MSI);
	msix->cap = find_capability(fn, PCI_CAP_ID_MSIX);
	if (!msix->cap)
		return 0;

	msix->count = (pciem_config_get16(fn, msix->cap + PCI_MSIX_FLAGS) &
		       PCI_MSIX_FLAGS_QSIZE) + 1;
	ret = parse_range(fn, "table", pciem_config_get32(fn, msix->cap + PCI_MSIX_TABLE),
			  msix->count * PCI_MSIX_ENTRY_SIZE, &msix->bar, &msix->table);
	if (ret)
		return ret;
	return parse_range(fn, "PBA", pciem_config_get32(fn, msix->cap + PCI_MSIX_PBA),
			   ALIGN(msix->count, 64) / 8, &msix->pba_bar, &msix->pba);
}

static bool is_io(const struct pciem_fn *fn, unsigned int bar)
{
	return bar < 6 && fn->bars[bar].kind == PCIEM_BAR_IO;
}

/* Bus address that a BAR or the ROM decodes (PCIe 6.0 7.5.1.2.1, 7.5.1.2.4). */
u64 pciem_config_bar_address(struct pciem_fn *fn, unsigned int bar)
{
	unsigned int offset = PCI_BASE_ADDRESS_0 + 4 * bar;
	u64 address;

	if (bar == PCIEM_SPACE_ROM)
		return pciem_config_get32(fn, PCI_ROM_ADDRESS) & PCI_ROM_ADDRESS_MASK;
	address = pciem_config_get32(fn, offset);
	if (is_io(fn, bar))
		return address & PCI_BASE_ADDRESS_IO_MASK & U32_MAX;
	address &= PCI_BASE_ADDRESS_MEM_MASK;
	if (fn->bars[bar].flags & PCIEM_BAR_64BIT)
		address |= (u64)pciem_config_get32(fn, offset + 4) << 32;
	return address;
}

/**
 * pciem_config_find_bar() - which BAR decodes an address
 * @ep: endpoint
 * @io: in I/O space
 * @address: bus address
 * @bar: out: number of the BAR, or PCIEM_SPACE_ROM
 * @offset: out: offset in it
 *
 * Return: the function, or NULL if no BAR claims the address.
 */
struct pciem_fn *pciem_config_find_bar(struct pciem_endpoint *ep, bool io, u64 address,
				       unsigned int *bar, u64 *offset)
{
	unsigned int f;

	for (f = 0; f < ep->num_functions; f++) {
		struct pciem_fn *fn = &ep->fns[f];

		for (*bar = 0; *bar < PCIEM_NUM_BAR_SPACES; (*bar)++) {
			u64 base;

			if (!fn->spaces[*bar].size || is_io(fn, *bar) != io)
				continue;
			base = pciem_config_bar_address(fn, *bar);
			*offset = address - base;
			if (address >= base && *offset < fn->spaces[*bar].size)
				return fn;
		}
	}
	return NULL;
}

/* Does COMMAND, and for the ROM its own bit, let accesses to a space through? */
bool pciem_config_decodes(struct pciem_fn *fn, unsigned int space)
{
	if (space == PCIEM_SPACE_ROM &&
	    !(pciem_config_get32(fn, PCI_ROM_ADDRESS) & PCI_ROM_ADDRESS_ENABLE))
		return false;
	return pciem_config_command(fn, is_io(fn, space) ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY) &&
	       pciem_config_awake(fn);
}

/* Registers back to what they were when the function was plugged. Locked. */
static void restore(struct pciem_fn *fn)
{
	u32 *image = (u32 *)fn->spaces[PCIEM_SPACE_CONFIG].image;
	const u32 *reset = (const u32 *)fn->config_reset;
	unsigned int i;

	for (i = 0; i < PCIEM_CONFIG_SIZE / 4; i++)
		if (READ_ONCE(image[i]) != reset[i])
			WRITE_ONCE(image[i], reset[i]);
}

static void reset_locked(struct pciem_fn *fn, enum pciem_reset kind)
{
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_RESET,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.vector = kind,
		},
	};
	struct pciem_record record = {
		.kind = PCIEM_RECORD_RESET,
		.function = fn->number,
		.space = PCIEM_SPACE_NONE,
		.value = kind,
		.time_ns = ktime_get_real_fast_ns(),
	};

	restore(fn);
	pciem_irq_reset(fn);
	pciem_intx_reset(fn);
	record.seq = pciem_tap_push(ep, &entry);
	pciem_ring_push(ep, &record);
}

/* Resets all functions of an endpoint: a reset of its slot. */
void pciem_config_reset(struct pciem_endpoint *ep)
{
	unsigned long flags;
	unsigned int f;

	raw_spin_lock_irqsave(&ep->lock, flags);
	for (f = 0; f < ep->num_functions; f++)
		reset_locked(&ep->fns[f], PCIEM_RESET_BUS);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	pciem_ring_wake(ep);
}

static unsigned int power_state(struct pciem_fn *fn)
{
	return fn->pm_cap ? pciem_config_get16(fn, fn->pm_cap + PCI_PM_CTRL) &
			    PCI_PM_CTRL_STATE_MASK : 0;
}

/* Only in D0 does a function answer memory requests or make any (5.3.1). */
bool pciem_config_awake(struct pciem_fn *fn)
{
	return !power_state(fn);
}

/* The driver has changed the power state. Locked. */
static void power_changed(struct pciem_fn *fn, unsigned int before)
{
	unsigned int state = power_state(fn);
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_POWER,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.vector = state,
		},
	};
	struct pciem_record record = {
		.kind = PCIEM_RECORD_POWER,
		.function = fn->number,
		.space = PCIEM_SPACE_NONE,
		.value = state,
		.time_ns = ktime_get_real_fast_ns(),
	};
	u16 control = pciem_config_get16(fn, fn->pm_cap + PCI_PM_CTRL);

	record.seq = pciem_tap_push(ep, &entry);
	pciem_ring_push(ep, &record);
	/* PCIe 6.0 5.3.1.4: back from D3hot the function may have lost all. */
	if (before == 3 && state == 0 && !(control & PCI_PM_CTRL_NO_SOFT_RESET))
		reset_locked(fn, PCIEM_RESET_D3);
}

static bool initiates_flr(struct pciem_fn *fn, unsigned int offset, unsigned int size, u32 value)
{
	unsigned int control = fn->pcie_cap + PCI_EXP_DEVCTL + 1;

	if (!fn->pcie_cap || offset > control || offset + size <= control)
		return false;
	return (value >> ((control - offset) * 8) & (PCI_EXP_DEVCTL_BCR_FLR >> 8)) &&
	       (pciem_config_get32(fn, fn->pcie_cap + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR);
}

static struct pciem_tap_entry entry_of(struct pciem_fn *fn, u16 kind, unsigned int offset,
				       unsigned int size, u32 *value)
{
	return (struct pciem_tap_entry){
		.event = {
			.kind = kind,
			.flags = PCIEM_EVENT_COMPLETED,
			.address = offset,
			.offset = offset,
			.data_length = size,
			.function = fn->number,
			.space = PCIEM_SPACE_CONFIG,
			.tag = 0x80 | (raw_smp_processor_id() & 0x3f),
		},
		.data = value,
		.kept = size,
		.caller = pciem_caller_here(fn->endpoint),
	};
}

/**
 * pciem_config_read() - a configuration read
 * @fn: function
 * @offset: register number, 0 to 4095
 * @size: 1, 2 or 4 bytes
 *
 * Return: the value. Called with interrupts off, never sleeps.
 */
u32 pciem_config_read(struct pciem_fn *fn, unsigned int offset, unsigned int size)
{
	struct pciem_endpoint *ep = fn->endpoint;
	u32 value = 0;
	struct pciem_tap_entry entry = entry_of(fn, PCIEM_EVENT_CONFIG_READ, offset, size, &value);
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	value = pciem_space_read(&fn->spaces[PCIEM_SPACE_CONFIG], offset, size);
	ep->stats.config_reads++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return value;
}

/**
 * pciem_config_write() - a configuration write
 * @fn: function
 * @offset: register number, 0 to 4095
 * @size: 1, 2 or 4 bytes
 * @value: the data
 */
void pciem_config_write(struct pciem_fn *fn, unsigned int offset, unsigned int size, u32 value)
{
	struct pciem_endpoint *ep = fn->endpoint;
	struct pciem_register_space *space = &fn->spaces[PCIEM_SPACE_CONFIG];
	struct pciem_tap_entry entry = entry_of(fn, PCIEM_EVENT_CONFIG_WRITE, offset, size, &value);
	bool notify = pciem_space_flags(space, offset, size) & PCIEM_BYTE_NOTIFY;
	unsigned int power;
	unsigned long flags;
	u16 command;
	bool reset;

	raw_spin_lock_irqsave(&ep->lock, flags);
	command = pciem_config_get16(fn, PCI_COMMAND);
	power = power_state(fn);
	pciem_space_write(space, offset, size, value);
	ep->stats.config_writes++;
	pciem_tap_push(ep, &entry);
	if (notify) {
		struct pciem_record record = {
			.kind = PCIEM_RECORD_WRITE,
			.function = fn->number,
			.space = PCIEM_SPACE_CONFIG,
			.size = size,
			.offset = offset,
			.value = value,
			.seq = ep->seq,
			.time_ns = ktime_get_real_fast_ns(),
		};

		pciem_ring_push(ep, &record);
	}
	if (power_state(fn) != power) {
		power_changed(fn, power);
		notify = true;
	}
	reset = initiates_flr(fn, offset, size, value);
	if (reset)
		reset_locked(fn, PCIEM_RESET_FLR);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (notify || reset)
		pciem_ring_wake(ep);
	pciem_intx_command(fn, command);
	pciem_irq_unmasked(fn);
}
