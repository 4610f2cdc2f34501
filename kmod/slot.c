// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hotplug slot that an endpoint sits in: /sys/bus/pci/slots/pciem<n>.
 *
 * There is no bridge above our functions, so this is what makes a bus reset
 * possible (sysfs reset_method "bus", and vfio-pci's hot reset), and lets the
 * administrator take the endpoint out: echo 0 > power.
 */
#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

#if IS_ENABLED(CONFIG_HOTPLUG_PCI)

static struct pciem_endpoint *endpoint_of(struct hotplug_slot *slot)
{
	return container_of(slot, struct pciem_endpoint, hotplug_slot);
}

static int reset_slot(struct hotplug_slot *slot, bool probe)
{
	struct pciem_endpoint *ep = endpoint_of(slot);

	if (READ_ONCE(ep->dead))
		return -ENOTTY;
	if (!probe)
		pciem_config_reset(ep);
	return 0;
}

/* The owner decides when it comes back. */
static int disable_slot(struct hotplug_slot *slot)
{
	return pciem_endpoint_unplug(endpoint_of(slot));
}

static int get_status(struct hotplug_slot *slot, u8 *value)
{
	*value = READ_ONCE(endpoint_of(slot)->visible);
	return 0;
}

static const struct hotplug_slot_ops slot_ops = {
	.disable_slot = disable_slot,
	.get_power_status = get_status,
	.get_adapter_status = get_status,
	.reset_slot = reset_slot,
};

/* Without one, all works but what it is for. */
void pciem_slot_add(struct pciem_endpoint *ep)
{
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "pciem%u", ep->slot);
	ep->hotplug_slot.ops = &slot_ops;
	ret = pci_hp_register(&ep->hotplug_slot, ep->bridge->bus, 0, name);
	if (ret)
		pr_warn("%s: no hotplug slot: %d\n", ep->name, ret);
	ep->has_hotplug_slot = !ret;
}

void pciem_slot_remove(struct pciem_endpoint *ep)
{
	if (ep->has_hotplug_slot)
		pci_hp_deregister(&ep->hotplug_slot);
	ep->has_hotplug_slot = false;
}

#else

void pciem_slot_add(struct pciem_endpoint *ep)
{
}

void pciem_slot_remove(struct pciem_endpoint *ep)
{
}

#endif
