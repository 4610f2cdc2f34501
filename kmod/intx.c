// SPDX-License-Identifier: GPL-2.0-only
/*
 * INTx: a level-triggered line for each function (PCIe 6.0 6.1.2).
 *
 * The device asserts and deasserts; Linux handles the level. A driver clears
 * the cause with a posted write and returns, while the device's Deassert is
 * still on its way. So after the handler the level is looked at again only when
 * user space has consumed what was written before: a real link keeps that order.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/pci.h>

#include "compat.h"
#include "internal.h"

#define RESAMPLE_NS	(20 * NSEC_PER_USEC)
#define RESAMPLE_MAX_NS	NSEC_PER_MSEC

/* The status bit stands in the upper half of the dword of COMMAND. */
#define STATUS_INTERRUPT ((u32)PCI_STATUS_INTERRUPT << 16)

/* Does the function drive its line, and is it let through? */
static bool active(struct pciem_fn *fn)
{
	return fn->intx.asserted && !fn->intx.masked &&
	       !pciem_config_command(fn, PCI_COMMAND_INTX_DISABLE) &&
	       READ_ONCE(fn->endpoint->visible) && !READ_ONCE(fn->endpoint->dead);
}

static void push_message(struct pciem_fn *fn, bool assert)
{
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_INTX,
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.vector = assert,
			.tag = fn->intx.pin - 1,
		},
	};

	pciem_tap_push(fn->endpoint, &entry);
	if (assert)
		fn->endpoint->stats.interrupts++;
}

/**
 * pciem_intx_set() - the device asserts or deasserts its line
 * @fn: function
 * @assert: which
 *
 * Return: 0, or 1 if the line is asserted but held back by COMMAND, or -EPERM
 * if the function has no interrupt pin.
 */
int pciem_intx_set(struct pciem_fn *fn, bool assert)
{
	struct pciem_endpoint *ep = fn->endpoint;
	unsigned long flags;
	bool disabled, fire;

	if (!fn->intx.pin)
		return -EPERM;
	raw_spin_lock_irqsave(&ep->lock, flags);
	disabled = pciem_config_command(fn, PCI_COMMAND_INTX_DISABLE);
	if (assert != fn->intx.asserted) {
		fn->intx.asserted = assert;
		pciem_space_change(&fn->spaces[PCIEM_SPACE_CONFIG], PCI_COMMAND,
				   assert ? STATUS_INTERRUPT : 0, assert ? 0 : STATUS_INTERRUPT);
		/* INTx disable keeps the message back, not the status bit. */
		if (!disabled)
			push_message(fn, assert);
	}
	fire = active(fn);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (fire)
		pciem_vector_deliver(fn, &fn->intx.vector, true);
	return assert && disabled;
}

/* COMMAND was written: the line may have come through, or gone. */
void pciem_intx_command(struct pciem_fn *fn, u16 before)
{
	bool disabled = pciem_config_command(fn, PCI_COMMAND_INTX_DISABLE);
	struct pciem_endpoint *ep = fn->endpoint;
	unsigned long flags;
	bool fire;

	if (!fn->intx.pin || !!(before & PCI_COMMAND_INTX_DISABLE) == disabled)
		return;
	raw_spin_lock_irqsave(&ep->lock, flags);
	if (fn->intx.asserted)
		push_message(fn, !disabled);
	fire = active(fn);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (fire)
		pciem_vector_deliver(fn, &fn->intx.vector, false);
}

/* Locked. */
void pciem_intx_reset(struct pciem_fn *fn)
{
	fn->intx.asserted = false;
}

static enum hrtimer_restart resample(struct hrtimer *timer)
{
	struct pciem_fn *fn = container_of(timer, struct pciem_fn, intx.timer);
	struct pciem_endpoint *ep = fn->endpoint;
	u64 timeout = READ_ONCE(ep->timeout_ns) ?: U64_MAX;
	u64 waited = ktime_get_mono_fast_ns() - fn->intx.unmasked_ns;

	if (!active(fn))
		return HRTIMER_NORESTART;
	if (!pciem_ring_drained(ep, fn->intx.head) && waited < timeout) {
		u64 next = clamp_t(u64, waited / 100, RESAMPLE_NS, RESAMPLE_MAX_NS);

		hrtimer_forward_now(timer, ns_to_ktime(next));
		return HRTIMER_RESTART;
	}
	pciem_vector_deliver(fn, &fn->intx.vector, false);
	return HRTIMER_NORESTART;
}

static void chip_mask(struct irq_data *data)
{
	struct pciem_vector *vector = irq_data_get_irq_chip_data(data);
	struct pciem_fn *fn = container_of(vector, struct pciem_fn, intx.vector);

	WRITE_ONCE(fn->intx.masked, true);
}

static void chip_unmask(struct irq_data *data)
{
	struct pciem_vector *vector = irq_data_get_irq_chip_data(data);
	struct pciem_fn *fn = container_of(vector, struct pciem_fn, intx.vector);

	fn->intx.head = READ_ONCE(fn->endpoint->ring_head);
	fn->intx.unmasked_ns = ktime_get_mono_fast_ns();
	WRITE_ONCE(fn->intx.masked, false);
	if (active(fn))
		hrtimer_start(&fn->intx.timer, ns_to_ktime(RESAMPLE_NS), HRTIMER_MODE_REL_HARD);
}

static struct irq_chip intx_chip = {
	.name = "pciem-intx",
	.irq_mask = chip_mask,
	.irq_unmask = chip_unmask,
	.irq_set_affinity = pciem_vector_set_affinity,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

/**
 * pciem_intx_alloc() - an interrupt for the pin of a function
 * @fn: function whose config space has been filled in
 *
 * Return: 0, also if it has no pin, or an error.
 */
int pciem_intx_alloc(struct pciem_fn *fn)
{
	u8 pin = fn->spaces[PCIEM_SPACE_CONFIG].image[PCI_INTERRUPT_PIN];
	int virq;

	if (!pin || pin > 4)
		return pin ? -EINVAL : 0;
	virq = irq_alloc_desc(NUMA_NO_NODE);
	if (virq < 0)
		return virq;
	pciem_hrtimer_setup(&fn->intx.timer, resample, HRTIMER_MODE_REL_HARD);
	pciem_vector_init(&fn->intx.vector);
	irq_set_chip_data(virq, &fn->intx.vector);
	irq_set_chip_and_handler(virq, &intx_chip, handle_level_irq);
	irq_set_status_flags(virq, IRQ_LEVEL);
	pciem_irq_moves_at_once(virq);
	fn->intx.masked = true;
	fn->intx.pin = pin;
	WRITE_ONCE(fn->intx.vector.virq, virq);
	return 0;
}

/* The driver has gone, and nothing raises the line any more. */
void pciem_intx_free(struct pciem_fn *fn)
{
	unsigned int virq = fn->intx.vector.virq;

	if (!virq)
		return;
	hrtimer_cancel(&fn->intx.timer);
	WRITE_ONCE(fn->intx.vector.virq, 0);
	pciem_vector_flush(&fn->intx.vector);
	irq_set_chip_data(virq, NULL);
	irq_free_desc(virq);
	fn->intx.pin = 0;
}

/* For the PCI core: which interrupt belongs to the pin of a function? */
int pciem_intx_map(const struct pci_dev *dev, u8 slot, u8 pin)
{
	struct pci_dev *pdev = (struct pci_dev *)dev;
	struct pciem_fn *fn = pciem_fn_of(&pdev->dev);

	/* ACPI has no routing for us and must not look for one. */
	pdev->irq_managed = 1;
	return fn->intx.vector.virq ?: -1;
}
