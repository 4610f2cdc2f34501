// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: MSI and MSI-X, from the device's request to the driver's handler.
 *
 * When the device raises a vector, the message is taken from the MSI-X table or
 * the MSI capability as the driver's side has programmed it, so enable, function
 * mask, vector mask and pending bits work as PCIe 6.0 6.1.4 says.
 */
#include <linux/bitmap.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "internal.h"

#define INTERRUPTS_BEFORE_DIRECT 64

static void handle(struct pciem_vector *vector)
{
	unsigned int virq = READ_ONCE(vector->virq);

	if (virq)
		generic_handle_irq_safe(virq);
}

static void handle_on_cpu(void *data)
{
	handle(data);
}

static void handle_work(struct work_struct *work)
{
	/* Softirqs that the handler raises run at the end of this. */
	local_bh_disable();
	handle(container_of(work, struct pciem_vector, work));
	local_bh_enable();
}

void pciem_vector_init(struct pciem_vector *vector)
{
	INIT_CSD(&vector->csd, handle_on_cpu, vector);
	INIT_WORK(&vector->work, handle_work);
}

/*
 * A handler that reads what user space has to answer must not run on top of
 * the device worker, which is what calls us. So handlers run in a work item
 * until there is reason to believe that this one never waits.
 */
static bool handler_may_wait(struct pciem_fn *fn)
{
	return fn->has_forwarded || READ_ONCE(fn->waited_in_atomic) ||
	       fn->endpoint->stats.interrupts < INTERRUPTS_BEFORE_DIRECT;
}

/**
 * pciem_vector_deliver() - have Linux handle an interrupt
 * @fn: function
 * @vector: one of its vectors
 * @direct: the context may call the handler
 *
 * On the CPU that the vector's affinity names. A message that finds the one
 * before it not yet taken is lost in it, as in an interrupt controller's request
 * register.
 */
void pciem_vector_deliver(struct pciem_fn *fn, struct pciem_vector *vector, bool direct)
{
	unsigned int target = READ_ONCE(vector->cpu);
	unsigned int cpu;

	if (!direct || handler_may_wait(fn)) {
		queue_work_on(target, system_highpri_wq, &vector->work);
		return;
	}
	cpu = get_cpu();
	if (target != cpu && smp_call_function_single_async(target, &vector->csd) != -ENXIO) {
		put_cpu();
		return;
	}
	local_bh_disable();
	handle(vector);
	put_cpu();
	local_bh_enable();
}

/*
 * Wait for every call to another CPU that is on its way: a CPU that has been
 * through a quiescent state has taken it. Not by a call of our own, which would
 * hold this CPU up while another one spins with interrupts off.
 */
void pciem_flush_calls(void)
{
	synchronize_rcu();
}

/* Nothing delivers any more: wait for what is on its way. */
void pciem_vector_flush(struct pciem_vector *vector)
{
	pciem_flush_calls();
	cancel_work_sync(&vector->work);
}

/* A message to the address of the endpoint: which vector is it? */
static void deliver(struct pciem_fn *fn, u32 data, bool direct)
{
	unsigned int index = data & PCIEM_MESSAGE_VECTOR;

	if (index < fn->num_vectors && data == pciem_message_data(fn, index))
		pciem_vector_deliver(fn, &fn->vectors[index], direct);
}

static void push_message(struct pciem_fn *fn, unsigned int vector, u64 address, u32 data)
{
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_MSI,
			.address = address,
			.data_length = sizeof(data),
			.function = fn->number,
			.space = PCIEM_SPACE_NONE,
			.vector = vector,
		},
		.data = &data,
		.kept = sizeof(data),
	};

	pciem_tap_push(fn->endpoint, &entry);
	fn->endpoint->stats.interrupts++;
}

static u16 msix_control(struct pciem_fn *fn)
{
	return fn->msix.cap ? pciem_config_get16(fn, fn->msix.cap + PCI_MSIX_FLAGS) : 0;
}

static u16 msi_control(struct pciem_fn *fn)
{
	return fn->msi_cap ? pciem_config_get16(fn, fn->msi_cap + PCI_MSI_FLAGS) : 0;
}

static bool msix_masked(struct pciem_fn *fn, unsigned int vector)
{
	return (msix_control(fn) & PCI_MSIX_FLAGS_MASKALL) ||
	       (fn->msix.entries[vector].control & PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

static u32 msi_mask(struct pciem_fn *fn)
{
	u16 control = msi_control(fn);

	if (!(control & PCI_MSI_FLAGS_MASKBIT))
		return 0;
	return pciem_config_get32(fn, fn->msi_cap + (control & PCI_MSI_FLAGS_64BIT ?
					       PCI_MSI_MASK_64 : PCI_MSI_MASK_32));
}

static void set_msi_pending(struct pciem_fn *fn, u32 pending)
{
	u16 control = msi_control(fn);

	fn->msi_pending = pending;
	if (control & PCI_MSI_FLAGS_MASKBIT)
		WRITE_ONCE(*(u32 *)(fn->spaces[PCIEM_SPACE_CONFIG].image + fn->msi_cap +
				    (control & PCI_MSI_FLAGS_64BIT ?
				     PCI_MSI_PENDING_64 : PCI_MSI_PENDING_32)), pending);
}

/* The message that the driver's side has set up for a vector. */
static u32 msi_message(struct pciem_fn *fn, unsigned int vector, u64 *address)
{
	unsigned int data = fn->msi_cap + PCI_MSI_DATA_32;

	*address = pciem_config_get32(fn, fn->msi_cap + PCI_MSI_ADDRESS_LO);
	if (msi_control(fn) & PCI_MSI_FLAGS_64BIT) {
		*address |= (u64)pciem_config_get32(fn, fn->msi_cap + PCI_MSI_ADDRESS_HI) << 32;
		data = fn->msi_cap + PCI_MSI_DATA_64;
	}
	return pciem_config_get16(fn, data) | vector;
}

static u32 msix_message(struct pciem_fn *fn, unsigned int vector, u64 *address)
{
	const struct pciem_msix_entry *entry = &fn->msix.entries[vector];

	*address = (u64)entry->address_high << 32 | entry->address_low;
	return entry->data;
}

static bool interrupts_possible(struct pciem_fn *fn)
{
	return fn->vectors && READ_ONCE(fn->endpoint->visible) &&
	       !READ_ONCE(fn->endpoint->dead) && pciem_config_awake(fn) &&
	       pciem_config_command(fn, PCI_COMMAND_MASTER);
}

/* 0: send @data to @address; 1: pending; or an error. Locked. */
static int prepare(struct pciem_fn *fn, unsigned int vector, u64 *address, u32 *data)
{
	if (!interrupts_possible(fn))
		return -EPERM;
	if (msix_control(fn) & PCI_MSIX_FLAGS_ENABLE) {
		if (vector >= fn->msix.count)
			return -EINVAL;
		if (msix_masked(fn, vector)) {
			__set_bit(vector, fn->msix.pending);
			return 1;
		}
		*data = msix_message(fn, vector, address);
		return 0;
	}
	if (msi_control(fn) & PCI_MSI_FLAGS_ENABLE) {
		if (vector >= 1U << ((msi_control(fn) & PCI_MSI_FLAGS_QSIZE) >> 4))
			return -EINVAL;
		if (msi_mask(fn) & BIT(vector)) {
			set_msi_pending(fn, fn->msi_pending | BIT(vector));
			return 1;
		}
		*data = msi_message(fn, vector, address);
		return 0;
	}
	return -EPERM;
}

/**
 * pciem_irq_raise() - the device signals a vector
 * @fn: function
 * @vector: MSI-X or MSI vector, whichever is enabled
 * @direct: the context may call the driver's handler
 *
 * Return: 0 if the message was sent, 1 if it is pending because of a mask,
 * -EPERM if interrupts or bus mastering are disabled, -EINVAL if there is no
 * such vector.
 */
int pciem_irq_raise(struct pciem_fn *fn, unsigned int vector, bool direct)
{
	struct pciem_endpoint *ep = fn->endpoint;
	unsigned long flags;
	u64 address;
	u32 data;
	int ret;

	raw_spin_lock_irqsave(&ep->lock, flags);
	ret = prepare(fn, vector, &address, &data);
	if (!ret)
		push_message(fn, vector, address, data);
	else if (ret > 0)
		ep->stats.interrupts_pending++;
	else
		ep->stats.interrupts_refused++;
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (!ret && address == pciem_message_address(ep))
		deliver(fn, data, direct);
	return ret;
}

/* One pending vector that may be sent now. Locked. */
static bool next_pending(struct pciem_fn *fn, u64 *address, u32 *data)
{
	unsigned int vector;

	if (!interrupts_possible(fn))
		return false;
	if (msix_control(fn) & PCI_MSIX_FLAGS_ENABLE) {
		for_each_set_bit(vector, fn->msix.pending, fn->msix.count) {
			if (msix_masked(fn, vector))
				continue;
			__clear_bit(vector, fn->msix.pending);
			*data = msix_message(fn, vector, address);
			push_message(fn, vector, *address, *data);
			return true;
		}
	} else if (msi_control(fn) & PCI_MSI_FLAGS_ENABLE) {
		u32 ready = fn->msi_pending & ~msi_mask(fn);

		if (!ready)
			return false;
		vector = __ffs(ready);
		set_msi_pending(fn, fn->msi_pending & ~BIT(vector));
		*data = msi_message(fn, vector, address);
		push_message(fn, vector, *address, *data);
		return true;
	}
	return false;
}

/**
 * pciem_irq_unmasked() - send what a mask held back
 * @fn: function of which a mask or an enable bit may have changed
 *
 * May be called from under the lock of the very interrupt that is unmasked, so
 * handlers are not called from here.
 */
void pciem_irq_unmasked(struct pciem_fn *fn)
{
	struct pciem_endpoint *ep = fn->endpoint;
	unsigned long flags;
	u64 address;
	u32 data;
	bool found;

	do {
		raw_spin_lock_irqsave(&ep->lock, flags);
		found = next_pending(fn, &address, &data);
		raw_spin_unlock_irqrestore(&ep->lock, flags);
		if (found && address == pciem_message_address(ep))
			deliver(fn, data, false);
	} while (found);
}

static bool in_table(struct pciem_fn *fn, unsigned int space, u64 offset)
{
	return space == fn->msix.bar && offset >= fn->msix.table &&
	       offset < fn->msix.table + fn->msix.count * PCI_MSIX_ENTRY_SIZE;
}

static bool in_pba(struct pciem_fn *fn, unsigned int space, u64 offset)
{
	return space == fn->msix.pba_bar && offset >= fn->msix.pba &&
	       offset < fn->msix.pba + ALIGN(fn->msix.count, 64) / 8;
}

/* Is this the MSI-X table or PBA, which the module serves itself? */
bool pciem_msix_hit(struct pciem_fn *fn, unsigned int space, u64 offset)
{
	return fn->msix.count && (in_table(fn, space, offset) || in_pba(fn, space, offset));
}

/* One aligned dword of table or PBA. Locked. */
u32 pciem_msix_read(struct pciem_fn *fn, unsigned int space, u64 offset)
{
	if (in_table(fn, space, offset))
		return ((u32 *)fn->msix.entries)[(offset - fn->msix.table) / 4];
	if (in_pba(fn, space, offset))
		return ((u32 *)fn->msix.pending)[(offset - fn->msix.pba) / 4];
	return 0;
}

/* One aligned dword, the bytes in @mask only. The PBA is read-only. Locked. */
void pciem_msix_write(struct pciem_fn *fn, unsigned int space, u64 offset, u32 value, u32 mask)
{
	u32 *cell;

	if (!in_table(fn, space, offset))
		return;
	switch (offset & 12) {
	case PCI_MSIX_ENTRY_LOWER_ADDR:
		mask &= ~3U;
		break;
	case PCI_MSIX_ENTRY_VECTOR_CTRL:
		mask &= PCI_MSIX_ENTRY_CTRL_MASKBIT;
		break;
	}
	cell = (u32 *)fn->msix.entries + (offset - fn->msix.table) / 4;
	*cell = (*cell & ~mask) | (value & mask);
}

/* All vectors masked, nothing pending (PCIe 6.0 7.7.2.5). Locked. */
void pciem_irq_reset(struct pciem_fn *fn)
{
	unsigned int i;

	fn->msi_pending = 0;
	if (!fn->msix.entries)
		return;
	memset(fn->msix.entries, 0, fn->msix.count * sizeof(*fn->msix.entries));
	for (i = 0; i < fn->msix.count; i++)
		fn->msix.entries[i].control = PCI_MSIX_ENTRY_CTRL_MASKBIT;
	bitmap_zero(fn->msix.pending, ALIGN(fn->msix.count, 64));
}

/**
 * pciem_irq_alloc() - memory for the vectors of a function
 * @fn: function; pciem_config_parse() has been called
 *
 * Return: 0, or -ENOMEM; pciem_irq_free() frees what there is then.
 */
int pciem_irq_alloc(struct pciem_fn *fn)
{
	unsigned int i;

	fn->num_vectors = max_t(unsigned int, fn->msix.count, fn->msi_cap ? 32 : 0);
	if (!fn->num_vectors)
		return 0;
	fn->vectors = kvcalloc(fn->num_vectors, sizeof(*fn->vectors), GFP_KERNEL_ACCOUNT);
	if (!fn->vectors)
		return -ENOMEM;
	for (i = 0; i < fn->num_vectors; i++)
		pciem_vector_init(&fn->vectors[i]);
	if (!fn->msix.count)
		return 0;
	fn->msix.entries = kvcalloc(fn->msix.count, sizeof(*fn->msix.entries), GFP_KERNEL_ACCOUNT);
	fn->msix.pending = bitmap_zalloc(ALIGN(fn->msix.count, 64), GFP_KERNEL_ACCOUNT);
	if (!fn->msix.entries || !fn->msix.pending)
		return -ENOMEM;
	pciem_irq_reset(fn);
	return 0;
}

/* Nothing raises interrupts any more; wait for those that are on their way. */
void pciem_irq_free(struct pciem_fn *fn)
{
	unsigned int i;

	if (fn->vectors) {
		pciem_flush_calls();
		for (i = 0; i < fn->num_vectors; i++)
			cancel_work_sync(&fn->vectors[i].work);
	}
	kvfree(fn->vectors);
	kvfree(fn->msix.entries);
	bitmap_free(fn->msix.pending);
	fn->vectors = NULL;
	fn->msix.entries = NULL;
	fn->msix.pending = NULL;
}
