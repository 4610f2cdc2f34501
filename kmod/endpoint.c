// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of an endpoint: created, plugged, unplugged, freed.
 *
 * Plugging and unplugging run in a work queue: drivers probe and remove in it,
 * and while they do, user space has to answer their accesses. When the owner
 * closes its file or dies, the endpoint is dead at once (all-ones, waiters
 * woken); the work queue then unbinds the driver.
 */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

#define RING_ENTRIES_MIN	64
#define RING_ENTRIES_MAX	65536

static DEFINE_SPINLOCK(slots_lock);
static struct pciem_endpoint __rcu *slots[PCIEM_MAX_ENDPOINTS];
static unsigned int generation;
static struct workqueue_struct *workqueue;

/* In an RCU read section, or knowing that the endpoint stays. */
struct pciem_endpoint *pciem_endpoint_at(unsigned int slot)
{
	return rcu_dereference_check(slots[slot], rcu_read_lock_held());
}

/**
 * pciem_endpoint_find() - look an endpoint up
 * @id: its number
 *
 * Return: the endpoint with a reference, or NULL.
 */
struct pciem_endpoint *pciem_endpoint_find(u16 id)
{
	struct pciem_endpoint *ep;

	rcu_read_lock();
	ep = pciem_endpoint_at(id & (PCIEM_MAX_ENDPOINTS - 1));
	if (ep && (ep->id != id || !kref_get_unless_zero(&ep->kref)))
		ep = NULL;
	rcu_read_unlock();
	return ep;
}

static int slot_claim(struct pciem_endpoint *ep)
{
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < PCIEM_MAX_ENDPOINTS; slot++)
		if (!rcu_access_pointer(slots[slot]))
			break;
	if (slot < PCIEM_MAX_ENDPOINTS) {
		ep->slot = slot;
		ep->id = (generation++ * PCIEM_MAX_ENDPOINTS | slot) & U16_MAX;
		rcu_assign_pointer(slots[slot], ep);
	}
	spin_unlock(&slots_lock);
	return slot < PCIEM_MAX_ENDPOINTS ? 0 : -ENOSPC;
}

static bool valid_bar(const struct pciem_bar *bars, unsigned int i)
{
	const struct pciem_bar *bar = &bars[i];
	u32 flags = PCIEM_BAR_64BIT | PCIEM_BAR_PREFETCH;
	u64 min = PCIEM_BAR_MIN_SIZE;
	u64 max;

	if (i && bars[i - 1].kind != PCIEM_BAR_NONE && (bars[i - 1].flags & PCIEM_BAR_64BIT))
		return bar->kind == PCIEM_BAR_NONE && !bar->size && !bar->flags;
	switch (bar->kind) {
	case PCIEM_BAR_NONE:
		return !bar->size && !bar->flags;
	case PCIEM_BAR_TRAPPED:
		max = PCIEM_BAR_MAX_SIZE;
		break;
	case PCIEM_BAR_RAM:
		max = PCIEM_BAR_RAM_MAX_SIZE;
		flags |= PCIEM_BAR_CACHED;
		break;
	case PCIEM_BAR_IO:
		min = PCIEM_BAR_IO_MIN_SIZE;
		max = PCIEM_BAR_IO_MAX_SIZE;
		flags = 0;
		break;
	default:
		return false;
	}
	return bar->size >= min && bar->size <= max && is_power_of_2(bar->size) &&
	       !(bar->flags & ~flags) && !((bar->flags & PCIEM_BAR_64BIT) && i == 5);
}

static bool valid_function(const struct pciem_function *function)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		if (!valid_bar(function->bars, i))
			return false;
	if (function->rom_size && (function->rom_size < PCIEM_BAR_MIN_SIZE ||
				   function->rom_size > PCIEM_BAR_MAX_SIZE ||
				   !is_power_of_2(function->rom_size)))
		return false;
	return !function->flags &&
	       !memchr_inv(function->reserved, 0, sizeof(function->reserved));
}

static bool valid_create(const struct pciem_create *create)
{
	unsigned int i;

	if (!create->num_functions || create->num_functions > PCIEM_MAX_FUNCTIONS ||
	    create->flags || memchr_inv(create->reserved, 0, sizeof(create->reserved)))
		return false;
	if (create->ring_entries < RING_ENTRIES_MIN || create->ring_entries > RING_ENTRIES_MAX ||
	    !is_power_of_2(create->ring_entries))
		return false;
	if (!pciem_wait_valid_timeout(create->completion_timeout_us))
		return false;
	if (strnlen(create->name, sizeof(create->name)) == sizeof(create->name))
		return false;
	for (i = 0; i < create->num_functions; i++)
		if (!valid_function(&create->functions[i]))
			return false;
	return !memchr_inv(&create->functions[i], 0,
			   (PCIEM_MAX_FUNCTIONS - i) * sizeof(create->functions[0]));
}

static int bar_init(struct pciem_register_space *space, const struct pciem_bar *bar)
{
	struct pciem_ram *ram;

	if (bar->kind != PCIEM_BAR_RAM)
		return pciem_space_alloc(space, bar->size);
	ram = pciem_ram_alloc(bar->size, bar->flags & PCIEM_BAR_CACHED);
	if (IS_ERR(ram))
		return PTR_ERR(ram);
	space->ram = ram;
	space->size = bar->size;
	space->map_bytes = bar->size;
	return 0;
}

static int function_init(struct pciem_endpoint *ep, unsigned int number,
			 const struct pciem_function *function)
{
	struct pciem_fn *fn = &ep->fns[number];
	unsigned int i;
	int ret;

	fn->endpoint = ep;
	fn->number = number;
	spin_lock_init(&fn->dma_lock);
	fn->mappings = RB_ROOT;
	memcpy(fn->bars, function->bars, sizeof(fn->bars));
	for (i = 0; i < 6; i++) {
		if (function->bars[i].kind == PCIEM_BAR_NONE)
			continue;
		ret = bar_init(&fn->spaces[i], &function->bars[i]);
		if (ret)
			return ret;
	}
	if (function->rom_size) {
		ret = pciem_space_alloc(&fn->spaces[PCIEM_SPACE_ROM], function->rom_size);
		if (ret)
			return ret;
	}
	fn->config_reset = kzalloc(PCIEM_CONFIG_SIZE, GFP_KERNEL_ACCOUNT);
	if (!fn->config_reset)
		return -ENOMEM;
	return pciem_space_alloc(&fn->spaces[PCIEM_SPACE_CONFIG], PCIEM_CONFIG_SIZE);
}

static void endpoint_free(struct pciem_endpoint *ep)
{
	unsigned int f, i;

	for (f = 0; ep->fns && f < ep->num_functions; f++) {
		struct pciem_fn *fn = &ep->fns[f];

		pciem_irq_free(fn);
		pciem_intx_free(fn);
		pciem_mapping_release(fn);
		for (i = 0; i < PCIEM_NUM_SPACES; i++)
			pciem_space_free(&fn->spaces[i]);
		kfree(fn->config_reset);
	}
	pciem_dma_mmap_release(ep);
	pciem_ring_free(ep);
	pciem_consumer_free(ep);
	kfree(ep->fns);
	kfree(ep);
	module_put(THIS_MODULE);
}

/* Traps may still look at the endpoint until the grace period is over. */
static void endpoint_free_work(struct work_struct *work)
{
	struct pciem_endpoint *ep = container_of(to_rcu_work(work), struct pciem_endpoint,
						 free_work);

	endpoint_free(ep);
}

static void endpoint_release(struct kref *kref)
{
	struct pciem_endpoint *ep = container_of(kref, struct pciem_endpoint, kref);

	spin_lock(&slots_lock);
	RCU_INIT_POINTER(slots[ep->slot], NULL);
	spin_unlock(&slots_lock);
	queue_rcu_work(workqueue, &ep->free_work);
}

void pciem_endpoint_get(struct pciem_endpoint *ep)
{
	kref_get(&ep->kref);
}

void pciem_endpoint_put(struct pciem_endpoint *ep)
{
	kref_put(&ep->kref, endpoint_release);
}

static void plug(struct pciem_endpoint *ep)
{
	int ret = -ENODEV;

	if (!READ_ONCE(ep->dead)) {
		pciem_tap_event(ep, 0, PCIEM_EVENT_PLUG, 0, NULL, 0);
		ret = pciem_bus_add(ep);
	}
	if (ret)
		WRITE_ONCE(ep->visible, false);
	WRITE_ONCE(ep->state, ret ? PCIEM_STATE_UNPLUGGED : PCIEM_STATE_PLUGGED);
	pciem_ring_notify(&ep->fns[0], PCIEM_RECORD_PLUGGED, ret);
}

static void mark_disconnected(struct pciem_endpoint *ep)
{
	unsigned int f;

	for (f = 0; f < ep->num_functions; f++) {
		struct pci_dev *pdev = READ_ONCE(ep->fns[f].pdev);

		/* As pciehp does: drivers stop waiting for the hardware. */
		if (pdev)
			WRITE_ONCE(pdev->error_state, pci_channel_io_perm_failure);
	}
}

static void unplug(struct pciem_endpoint *ep)
{
	if (READ_ONCE(ep->dead))
		mark_disconnected(ep);
	pciem_bus_remove(ep);
	WRITE_ONCE(ep->visible, false);
	WRITE_ONCE(ep->state, PCIEM_STATE_UNPLUGGED);
	pciem_tap_event(ep, 0, PCIEM_EVENT_UNPLUG, READ_ONCE(ep->dead), NULL, 0);
	pciem_ring_notify(&ep->fns[0], PCIEM_RECORD_UNPLUGGED, 0);
}

/*
 * One work item does both, so they never run at the same time, and nobody waits
 * for a probe that waits for user space.
 */
static void life_cycle(struct work_struct *work)
{
	struct pciem_endpoint *ep = container_of(work, struct pciem_endpoint, life_cycle_work);

	if (READ_ONCE(ep->state) == PCIEM_STATE_PLUGGING)
		plug(ep);
	if (READ_ONCE(ep->state) == PCIEM_STATE_PLUGGED &&
	    (READ_ONCE(ep->dead) || READ_ONCE(ep->unplug_wanted)))
		unplug(ep);
	pciem_endpoint_put(ep);
}

static void life_cycle_queue(struct pciem_endpoint *ep)
{
	pciem_endpoint_get(ep);
	if (!queue_work(workqueue, &ep->life_cycle_work))
		pciem_endpoint_put(ep);
}

/**
 * pciem_endpoint_create() - a new endpoint
 * @create: what user space asks for; results are filled in
 *
 * Return: the endpoint with a reference, or an error pointer.
 */
struct pciem_endpoint *pciem_endpoint_create(struct pciem_create *create)
{
	struct pciem_endpoint *ep;
	unsigned int i;
	int ret;

	if (!valid_create(create))
		return ERR_PTR(-EINVAL);
	ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return ERR_PTR(-ENOMEM);
	/* Dropped when the memory is freed, which may be long after close(). */
	__module_get(THIS_MODULE);
	kref_init(&ep->kref);
	mutex_init(&ep->state_lock);
	raw_spin_lock_init(&ep->lock);
	INIT_LIST_HEAD(&ep->taps);
	INIT_LIST_HEAD(&ep->irqfds);
	init_waitqueue_head(&ep->poll_wait);
	init_waitqueue_head(&ep->tag_wait);
	pciem_consumer_init(ep);
	pciem_dma_mmap_init(ep);
	INIT_WORK(&ep->life_cycle_work, life_cycle);
	INIT_RCU_WORK(&ep->free_work, endpoint_free_work);
	strscpy(ep->name, create->name, sizeof(ep->name));
	ep->timeout_ns = (u64)create->completion_timeout_us * NSEC_PER_USEC;

	ret = -ENOMEM;
	ep->fns = kcalloc(create->num_functions, sizeof(*ep->fns), GFP_KERNEL_ACCOUNT);
	if (!ep->fns)
		goto free;
	ep->num_functions = create->num_functions;
	for (i = 0; i < ep->num_functions; i++) {
		ret = function_init(ep, i, &create->functions[i]);
		if (ret)
			goto free;
	}
	ret = pciem_ring_alloc(ep, create->ring_entries);
	if (ret)
		goto free;
	ret = slot_claim(ep);
	if (ret)
		goto free;

	create->endpoint = ep->id;
	create->domain = pciem_bus_domain(ep);
	create->ring_bytes = ep->ring_bytes;
	return ep;

free:
	endpoint_free(ep);
	return ERR_PTR(ret);
}

static bool has_forwarded(const struct pciem_fn *fn)
{
	unsigned int bar;
	u64 i;

	for (bar = 0; bar < PCIEM_NUM_BAR_SPACES; bar++)
		for (i = 0; fn->spaces[bar].flags && i < fn->spaces[bar].size; i++)
			if (READ_ONCE(fn->spaces[bar].flags[i]) & PCIEM_BYTE_FORWARD)
				return true;
	return false;
}

/**
 * pciem_endpoint_plug() - start to put an endpoint on its bus
 * @ep: endpoint
 *
 * Return: 0 if it was started, -EBUSY if it was plugged before, or an error in
 * what user space has put into config space.
 */
int pciem_endpoint_plug(struct pciem_endpoint *ep)
{
	unsigned int f;
	int ret = -EBUSY;

	mutex_lock(&ep->state_lock);
	if (ep->state != PCIEM_STATE_CREATED)
		goto unlock;
	for (f = 0; f < ep->num_functions; f++) {
		struct pciem_fn *fn = &ep->fns[f];

		memcpy(fn->config_reset, fn->spaces[PCIEM_SPACE_CONFIG].image, PCIEM_CONFIG_SIZE);
		fn->has_forwarded = has_forwarded(fn);
		/* What an earlier attempt has left. */
		pciem_irq_free(fn);
		pciem_intx_free(fn);
		ret = pciem_config_parse(fn);
		if (!ret)
			ret = pciem_irq_alloc(fn);
		if (!ret)
			ret = pciem_intx_alloc(fn);
		if (ret)
			goto unlock;
	}
	WRITE_ONCE(ep->state, PCIEM_STATE_PLUGGING);
	life_cycle_queue(ep);
unlock:
	mutex_unlock(&ep->state_lock);
	return ret;
}

/**
 * pciem_endpoint_unplug() - start the orderly removal of an endpoint
 * @ep: endpoint
 *
 * Return: 0 if it was started, -ENOTCONN if the endpoint is not plugged.
 */
int pciem_endpoint_unplug(struct pciem_endpoint *ep)
{
	enum pciem_state state = READ_ONCE(ep->state);

	if (state != PCIEM_STATE_PLUGGING && state != PCIEM_STATE_PLUGGED)
		return -ENOTCONN;
	WRITE_ONCE(ep->unplug_wanted, true);
	life_cycle_queue(ep);
	return 0;
}

/**
 * pciem_endpoint_kill() - the owner is gone: surprise removal
 * @ep: endpoint; the owner's reference is dropped
 *
 * Does not wait: the driver may take its time to let go.
 */
void pciem_endpoint_kill(struct pciem_endpoint *ep)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	WRITE_ONCE(ep->dead, true);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	wake_up_all(&ep->tag_wait);
	pciem_irqfd_release(ep);
	life_cycle_queue(ep);
	pciem_endpoint_put(ep);
}

/* The counters, all as they are at one moment. */
void pciem_endpoint_stats(struct pciem_endpoint *ep, struct pciem_stats *stats)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&ep->lock, flags);
	*stats = ep->stats;
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	for (i = 0; i < ep->num_functions; i++)
		stats->mappings += READ_ONCE(ep->fns[i].num_mappings);
}

int pciem_endpoint_init(void)
{
	workqueue = alloc_workqueue("pciem", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/* No endpoints are left, but the end of their last work item may be. */
void pciem_endpoint_exit(void)
{
	rcu_barrier();
	destroy_workqueue(workqueue);
}
