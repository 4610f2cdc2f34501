// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual host bridge: a root bus in a PCI domain of its own, windows for
 * BARs in a hole of the physical address space, config accessors, and the
 * moments at which the PCI core tells us about our functions.
 */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <asm/processor.h>

#include "compat.h"
#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

/*
 * Not 0x10000: VT-d cuts the segment to 16 bits and would take it for segment
 * 0. The low 16 bits here are used by no real machine.
 */
#define DOMAIN_BASE	0x1f000

/* Bus addresses of 32-bit BARs; their CPU addresses are in the high hole. */
#define BUS_BASE_32	0x80000000ULL
#define WINDOW_MAX_32	SZ_1G

/* The x86 PCI code places each BAR in I/O space where ISA aliases are no trouble. */
#define PORT_FIRST	0x8000
#define PORT_ALIGN	0x400

u32 pciem_bus_domain(const struct pciem_endpoint *ep)
{
	return DOMAIN_BASE + ep->slot;
}

static struct pciem_endpoint *endpoint_of_bus(struct pci_bus *bus)
{
	return container_of((struct pci_sysdata *)bus->sysdata, struct pciem_endpoint, sysdata);
}

static struct pciem_fn *config_target(struct pci_bus *bus, unsigned int devfn)
{
	struct pciem_endpoint *ep = endpoint_of_bus(bus);

	if (bus->parent || PCI_SLOT(devfn) || PCI_FUNC(devfn) >= ep->num_functions)
		return NULL;
	if (READ_ONCE(ep->dead) || !READ_ONCE(ep->visible))
		return NULL;
	return &ep->fns[PCI_FUNC(devfn)];
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct pciem_fn *fn = config_target(bus, devfn);

	if (!fn || where < 0 || where + size > PCIEM_CONFIG_SIZE) {
		PCI_SET_ERROR_RESPONSE(value);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	*value = pciem_config_read(fn, where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct pciem_fn *fn = config_target(bus, devfn);

	if (!fn || where < 0 || where + size > PCIEM_CONFIG_SIZE)
		return PCIBIOS_DEVICE_NOT_FOUND;
	pciem_config_write(fn, where, size, value);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {
	.read = config_read,
	.write = config_write,
};

static unsigned int window_of(const struct pciem_bar *bar)
{
	if (bar->kind == PCIEM_BAR_IO)
		return PCIEM_WINDOW_IO;
	return bar->flags & PCIEM_BAR_64BIT ? PCIEM_WINDOW_64 : PCIEM_WINDOW_32;
}

static u64 window_bytes(struct pciem_endpoint *ep, unsigned int index)
{
	unsigned int f, bar;
	u64 total = 0;

	for (f = 0; f < ep->num_functions; f++) {
		const struct pciem_fn *fn = &ep->fns[f];

		for (bar = 0; bar < 6; bar++) {
			if (!fn->bars[bar].size || window_of(&fn->bars[bar]) != index)
				continue;
			total += index == PCIEM_WINDOW_IO ? PORT_ALIGN : fn->bars[bar].size;
		}
		if (index == PCIEM_WINDOW_32)
			total += fn->spaces[PCIEM_SPACE_ROM].size;
	}
	if (index == PCIEM_WINDOW_IO)
		return total;
	return roundup_pow_of_two(max_t(u64, total, SZ_1M));
}

/*
 * Ports that nobody uses: most machines give all of them to a root bus, so look
 * for a hole in there.
 */
static int ports_find(struct resource *ports, u64 size)
{
	struct resource *within;
	struct pci_bus *bus;
	unsigned int i;
	int ret;

	ret = allocate_resource(&ioport_resource, ports, size, PORT_FIRST, IO_SPACE_LIMIT,
				PORT_ALIGN, NULL, NULL);
	if (!ret)
		return 0;
	pci_lock_rescan_remove();
	list_for_each_entry(bus, &pci_root_buses, node) {
		if (bus->ops == &config_ops)
			continue;
		pci_bus_for_each_resource(bus, within, i) {
			if (!ret || !within || !(within->flags & IORESOURCE_IO))
				continue;
			ret = allocate_resource(within, ports, size, PORT_FIRST, IO_SPACE_LIMIT,
						PORT_ALIGN, NULL, NULL);
		}
	}
	pci_unlock_rescan_remove();
	return ret;
}

static int ports_claim(struct pciem_endpoint *ep)
{
	struct pciem_window *window = &ep->windows[PCIEM_WINDOW_IO];
	u64 size = window_bytes(ep, PCIEM_WINDOW_IO);
	int ret;

	if (!size)
		return 0;
	window->resource.name = ep->name;
	window->resource.flags = IORESOURCE_IO;
	ret = ports_find(&window->resource, size);
	if (ret) {
		pr_err("%s: no %llu free I/O ports\n", ep->name, size);
		return ret;
	}
	pr_info("%s: BARs in I/O space: for drivers that use pci_iomap() and ioread; in and out instructions cannot be trapped\n",
		ep->name);
	window->offset = 0;
	WRITE_ONCE(window->claimed, true);
	return 0;
}

/* A hole in the upper half of the physical address space, where no RAM is. */
static int window_claim(struct pciem_endpoint *ep, unsigned int index)
{
	struct pciem_window *window = &ep->windows[index];
	u64 size = window_bytes(ep, index);
	u64 top = 1ULL << boot_cpu_data.x86_phys_bits;
	int ret;

	if (index == PCIEM_WINDOW_32 && size > WINDOW_MAX_32) {
		pr_err("%s: 32-bit BARs have %llu MiB together, more than %u\n", ep->name,
		       size / SZ_1M, WINDOW_MAX_32 / SZ_1M);
		return -ENOSPC;
	}
	window->resource.name = ep->name;
	window->resource.flags = IORESOURCE_MEM;
	if (index == PCIEM_WINDOW_64)
		window->resource.flags |= IORESOURCE_MEM_64;
	ret = allocate_resource(&iomem_resource, &window->resource, size, top / 2, top - 1, size,
				NULL, NULL);
	if (ret) {
		pr_err("%s: no hole of %llu bytes in the physical address space\n", ep->name, size);
		return ret;
	}
	window->offset = index == PCIEM_WINDOW_32 ? window->resource.start - BUS_BASE_32 : 0;
	WRITE_ONCE(window->claimed, true);
	return 0;
}

static void windows_release(struct pciem_endpoint *ep)
{
	unsigned int i;

	for (i = 0; i < PCIEM_NUM_WINDOWS; i++) {
		if (!ep->windows[i].claimed)
			continue;
		WRITE_ONCE(ep->windows[i].claimed, false);
		release_resource(&ep->windows[i].resource);
	}
}

static int bridge_alloc(struct pciem_endpoint *ep)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);
	unsigned int i;

	if (!bridge)
		return -ENOMEM;
	ep->bridge = bridge;
	ep->sysdata = (struct pci_sysdata){
		.domain = pciem_bus_domain(ep),
		.node = NUMA_NO_NODE,
	};
	ep->bus_numbers = (struct resource){
		.name = ep->name,
		.start = 0,
		.end = 0,
		.flags = IORESOURCE_BUS,
	};
	pci_add_resource(&bridge->windows, &ep->bus_numbers);
	for (i = 0; i < PCIEM_NUM_WINDOWS; i++)
		if (ep->windows[i].claimed)
			pci_add_resource_offset(&bridge->windows, &ep->windows[i].resource,
						ep->windows[i].offset);
	bridge->sysdata = &ep->sysdata;
	bridge->ops = &config_ops;
	bridge->map_irq = pciem_intx_map;
	bridge->busnr = 0;
	/* Before the scan: functions inherit it. */
	dev_set_msi_domain(&bridge->dev, ep->msi_domain);
	return 0;
}

/* Set for every function by bus_event() before a driver can see it. */
static bool has_our_dma_ops(struct pciem_endpoint *ep)
{
	unsigned int f;

	for (f = 0; f < ep->num_functions; f++) {
		struct pci_dev *pdev = READ_ONCE(ep->fns[f].pdev);

		if (pdev && device_iommu_mapped(&pdev->dev)) {
			pr_err("%s: domain %x: an IOMMU has taken the function over\n", ep->name,
			       ep->sysdata.domain);
			return false;
		}
	}
	return true;
}

/**
 * pciem_bus_add() - put an endpoint on its bus
 * @ep: endpoint
 *
 * It is made visible when the bus has a slot for it: what a slot can do is
 * looked at when a device is found.
 * Drivers probe before this returns, except those that probe asynchronously.
 *
 * Return: 0 or an error; then nothing is left behind.
 */
int pciem_bus_add(struct pciem_endpoint *ep)
{
	unsigned int i;
	int ret;

	for (i = PCIEM_WINDOW_32; i <= PCIEM_WINDOW_64; i++) {
		ret = window_claim(ep, i);
		if (ret)
			goto release;
	}
	ret = ports_claim(ep);
	if (ret)
		goto release;
	ret = pciem_irq_add(ep);
	if (ret)
		goto release;
	ret = bridge_alloc(ep);
	if (ret)
		goto irq;

	pci_lock_rescan_remove();
	ret = pci_scan_root_bus_bridge(ep->bridge);
	if (ret) {
		pci_unlock_rescan_remove();
		goto free;
	}
	pciem_slot_add(ep);
	WRITE_ONCE(ep->visible, true);
	pci_scan_child_bus(ep->bridge->bus);
	pci_bus_size_bridges(ep->bridge->bus);
	pci_bus_assign_resources(ep->bridge->bus);
	if (!has_our_dma_ops(ep))
		ret = -EBUSY;
	else if (list_empty(&ep->bridge->bus->devices))
		ret = -ENODEV;
	else
		pci_bus_add_devices(ep->bridge->bus);
	pci_unlock_rescan_remove();
	if (ret)
		pciem_bus_remove(ep);
	return ret;

free:
	pci_free_host_bridge(ep->bridge);
	ep->bridge = NULL;
irq:
	pciem_irq_remove(ep);
release:
	windows_release(ep);
	return ret;
}

/**
 * pciem_bus_remove() - take an endpoint off its bus
 * @ep: endpoint that pciem_bus_add() has added
 *
 * Drivers are unbound; if the endpoint is dead they see all-ones meanwhile.
 */
void pciem_bus_remove(struct pciem_endpoint *ep)
{
	if (!ep->bridge)
		return;
	pciem_slot_remove(ep);
	pci_lock_rescan_remove();
	pci_stop_root_bus(ep->bridge->bus);
	pci_remove_root_bus(ep->bridge->bus);
	pci_unlock_rescan_remove();
	/* Removal leaves one reference. */
	pci_free_host_bridge(ep->bridge);
	ep->bridge = NULL;
	pciem_irq_remove(ep);
	windows_release(ep);
}

static bool is_ours(struct device *dev)
{
	return dev_is_pci(dev) && to_pci_dev(dev)->bus->ops == &config_ops;
}

/* The function behind a PCI device on one of our buses. */
struct pciem_fn *pciem_fn_of(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	return &endpoint_of_bus(pdev->bus)->fns[PCI_FUNC(pdev->devfn)];
}

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct device *dev = data;
	const char *name;
	struct pciem_fn *fn;

	if (!is_ours(dev))
		return NOTIFY_DONE;
	fn = pciem_fn_of(dev);
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		set_dma_ops(dev, &pciem_dma_ops);
		WRITE_ONCE(fn->pdev, to_pci_dev(dev));
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		WRITE_ONCE(fn->pdev, NULL);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		name = dev->driver->name;
		pciem_tap_event(fn->endpoint, fn->number, PCIEM_EVENT_BOUND, 0, name, strlen(name));
		pciem_ring_notify(fn, PCIEM_RECORD_BOUND, 0);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		/* Or ACPI looks for the routing that it never had. */
		to_pci_dev(dev)->irq_managed = 0;
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		pciem_tap_event(fn->endpoint, fn->number, PCIEM_EVENT_UNBOUND, 0, NULL, 0);
		pciem_ring_notify(fn, PCIEM_RECORD_UNBOUND, 0);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block bus_notifier = {
	.notifier_call = bus_event,
};

int pciem_bus_init(void)
{
	return bus_register_notifier(&pci_bus_type, &bus_notifier);
}

void pciem_bus_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
}
