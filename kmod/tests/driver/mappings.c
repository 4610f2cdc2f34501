// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way to map a BAR, at all places that make a difference.
 *
 * Each mapping is written through and seen through the driver's own mapping, and
 * the other way round. BAR 0 and BAR 2 are neighbours on most machines.
 */
#include <linux/device.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/slab.h>

#include "test.h"

#define PLACE	0x1230	/* in BAR 0, memory */

enum way {
	BY_IOREMAP,
	BY_IOREMAP_UC,
	BY_IOREMAP_WC,
	BY_IOREMAP_WT,
	BY_IOREMAP_CACHE,
	BY_PCI_IOMAP,
	BY_PCI_IOMAP_WC,
	BY_PCI_IOMAP_RANGE,
	BY_PCI_IOMAP_WC_RANGE,
	BY_PCI_IOREMAP_BAR,
	BY_PCI_IOREMAP_WC_BAR,
	BY_DEVM_IOREMAP,
	BY_DEVM_IOREMAP_UC,
	BY_DEVM_IOREMAP_WC,
	BY_DEVM_IOREMAP_RESOURCE,
	BY_MEMREMAP_WB,
	BY_MEMREMAP_WT,
	BY_MEMREMAP_WC,
	BY_DEVM_MEMREMAP,
	BY_PCIM_IOMAP,
	BY_PCIM_IOMAP_REGIONS,
};

static void __iomem *by_devm_ioremap_resource(struct pci_dev *pdev, u64 address, u64 length)
{
	struct resource resource = DEFINE_RES_MEM(address, length);
	void __iomem *mapping = devm_ioremap_resource(&pdev->dev, &resource);

	return IS_ERR(mapping) ? NULL : mapping;
}

/* A driver can do this once for a BAR: BAR 2, whole. */
static void __iomem *by_pcim_iomap_regions(struct pci_dev *pdev)
{
	if (pcim_iomap_regions(pdev, BIT(2), "pciem-test"))
		return NULL;
	return pcim_iomap_table(pdev)[2];
}

/* A part of BAR 0, or what else the function can do. */
static void __iomem *map(struct pci_dev *pdev, enum way way, u64 offset, u64 length)
{
	u64 address = pci_resource_start(pdev, 0) + offset;

	switch (way) {
	case BY_IOREMAP:
		return ioremap(address, length);
	case BY_IOREMAP_UC:
		return ioremap_uc(address, length);
	case BY_IOREMAP_WC:
		return ioremap_wc(address, length);
	case BY_IOREMAP_WT:
		return ioremap_wt(address, length);
	case BY_IOREMAP_CACHE:
		return ioremap_cache(address, length);
	case BY_PCI_IOMAP:
		return pci_iomap(pdev, 0, length);
	case BY_PCI_IOMAP_WC:
		return pci_iomap_wc(pdev, 0, length);
	case BY_PCI_IOMAP_RANGE:
		return pci_iomap_range(pdev, 0, offset, length);
	case BY_PCI_IOMAP_WC_RANGE:
		return pci_iomap_wc_range(pdev, 0, offset, length);
	case BY_PCI_IOREMAP_BAR:
		return pci_ioremap_bar(pdev, 0);
	case BY_PCI_IOREMAP_WC_BAR:
		return pci_ioremap_wc_bar(pdev, 0);
	case BY_DEVM_IOREMAP:
		return devm_ioremap(&pdev->dev, address, length);
	case BY_DEVM_IOREMAP_UC:
		return devm_ioremap_uc(&pdev->dev, address, length);
	case BY_DEVM_IOREMAP_WC:
		return devm_ioremap_wc(&pdev->dev, address, length);
	case BY_DEVM_IOREMAP_RESOURCE:
		return by_devm_ioremap_resource(pdev, address, length);
	case BY_MEMREMAP_WB:
		return (void __iomem *)memremap(address, length, MEMREMAP_WB);
	case BY_MEMREMAP_WT:
		return (void __iomem *)memremap(address, length, MEMREMAP_WT);
	case BY_MEMREMAP_WC:
		return (void __iomem *)memremap(address, length, MEMREMAP_WC);
	case BY_DEVM_MEMREMAP:
		return (void __iomem *)devm_memremap(&pdev->dev, address, length, MEMREMAP_WC);
	case BY_PCIM_IOMAP:
		return pcim_iomap(pdev, 2, length);
	case BY_PCIM_IOMAP_REGIONS:
		return by_pcim_iomap_regions(pdev);
	}
	return NULL;
}

static void unmap_io(struct pci_dev *pdev, void __iomem *address)
{
	iounmap(address);
}

static void unmap_pci(struct pci_dev *pdev, void __iomem *address)
{
	pci_iounmap(pdev, address);
}

static void unmap_managed(struct pci_dev *pdev, void __iomem *address)
{
	pcim_iounmap(pdev, address);
}

static void unmap_mem(struct pci_dev *pdev, void __iomem *address)
{
	memunmap((void __force *)address);
}

static const struct {
	const char *name;
	void (*unmap)(struct pci_dev *pdev, void __iomem *address);
	bool whole;		/* from the start of the BAR only */
} ways[] = {
	[BY_IOREMAP] = { "ioremap", unmap_io },
	[BY_IOREMAP_UC] = { "ioremap_uc", unmap_io },
	[BY_IOREMAP_WC] = { "ioremap_wc", unmap_io },
	[BY_IOREMAP_WT] = { "ioremap_wt", unmap_io },
	[BY_IOREMAP_CACHE] = { "ioremap_cache", unmap_io },
	[BY_PCI_IOMAP] = { "pci_iomap", unmap_pci, true },
	[BY_PCI_IOMAP_WC] = { "pci_iomap_wc", unmap_pci, true },
	[BY_PCI_IOMAP_RANGE] = { "pci_iomap_range", unmap_pci },
	[BY_PCI_IOMAP_WC_RANGE] = { "pci_iomap_wc_range", unmap_pci },
	[BY_PCI_IOREMAP_BAR] = { "pci_ioremap_bar", unmap_io, true },
	[BY_PCI_IOREMAP_WC_BAR] = { "pci_ioremap_wc_bar", unmap_io, true },
	[BY_DEVM_IOREMAP] = { "devm_ioremap" },
	[BY_DEVM_IOREMAP_UC] = { "devm_ioremap_uc" },
	[BY_DEVM_IOREMAP_WC] = { "devm_ioremap_wc" },
	[BY_DEVM_IOREMAP_RESOURCE] = { "devm_ioremap_resource" },
	[BY_MEMREMAP_WB] = { "memremap(WB)", unmap_mem },
	[BY_MEMREMAP_WT] = { "memremap(WT)", unmap_mem },
	[BY_MEMREMAP_WC] = { "memremap(WC)", unmap_mem },
	[BY_DEVM_MEMREMAP] = { "devm_memremap" },
	[BY_PCIM_IOMAP] = { "pcim_iomap", unmap_managed },
	[BY_PCIM_IOMAP_REGIONS] = { "pcim_iomap_regions", unmap_managed },
};

/* Is @address the same memory as @known? */
static bool same_memory(void __iomem *address, void __iomem *known)
{
	static u32 value = 0x12345678;
	bool same;

	writel(++value, address);
	same = readl(known) == value;
	writel(~value, known);
	return same && readl(address) == ~value;
}

static void check_place(struct test_device *test, enum way way, u64 offset, u64 length)
{
	u64 start = ways[way].whole ? 0 : offset;
	void *group = devres_open_group(&test->pdev->dev, NULL, GFP_KERNEL);
	void __iomem *address = map(test->pdev, way, offset, ways[way].whole ? 0 : length);

	if (test_check(test, address, "%s at %llx, %llx bytes: no mapping", ways[way].name, offset,
		       length)) {
		test_check(test, same_memory(address + (offset - start), test->bar + offset),
			   "%s at %llx, %llx bytes: the first byte is another one", ways[way].name,
			   offset, length);
		test_check(test, same_memory(address + (offset - start) + length - 4,
					     test->bar + offset + length - 4),
			   "%s at %llx, %llx bytes: the last byte is another one", ways[way].name,
			   offset, length);
		if (ways[way].unmap)
			ways[way].unmap(test->pdev, address);
	}
	devres_release_group(&test->pdev->dev, group);
}

static void check_way(struct test_device *test, enum way way)
{
	/* All but the first page, a part of a page, across pages, to the end. */
	check_place(test, way, TEST_MEMORY, TEST_BAR_SIZE - TEST_MEMORY);
	check_place(test, way, PLACE, 4);
	check_place(test, way, PLACE, 0x2000);
	check_place(test, way, TEST_BAR_SIZE - 8, 8);
}

/* The same bytes mapped many times; one goes, the others stay. */
static void check_many(struct test_device *test)
{
	void __iomem *addresses[16];
	bool same = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		addresses[i] = map(test->pdev, BY_IOREMAP + i % 4, PLACE, 0x40 << i % 4);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		same &= same_memory(addresses[i], addresses[ARRAY_SIZE(addresses) - 1]);
		iounmap(addresses[i]);
	}
	test_check(test, same, "one of several mappings is of something else");
}

static u32 expected_beyond(struct test_device *test, void __iomem *other)
{
	bool neighbours = pci_resource_end(test->pdev, 0) + 1 ==
			  pci_resource_start(test->pdev, 2);

	return neighbours ? readl(other) : ~0U;
}

/* Beyond the end of a BAR is the next one, or nobody. */
static void check_beyond(struct test_device *test)
{
	struct pci_dev *pdev = test->pdev;
	void __iomem *span = ioremap(pci_resource_start(pdev, 0), 2 * TEST_BAR_SIZE);
	void __iomem *before = ioremap(pci_resource_start(pdev, 0) - PAGE_SIZE, 2 * PAGE_SIZE);
	void __iomem *other = pci_iomap(pdev, 2, 0);
	u32 value;

	if (!test_check(test, span && before && other, "no mapping that is more than a BAR"))
		goto unmap;
	writel(0x600dbeef, other);
	value = readl(span + TEST_BAR_SIZE);
	test_check(test, value == expected_beyond(test, other), "beyond the end: %x", value);
	test_check(test, same_memory(span + PLACE, test->bar + PLACE), "within the BAR: other");
	/* Nobody claims what crosses the end of a BAR. */
	value = readl(span + TEST_BAR_SIZE - 2);
	test_check(test, value == ~0U, "across the end: %x", value);
	if (pci_resource_start(pdev, 2) > pci_resource_start(pdev, 0)) {
		value = readl(before);
		test_check(test, value == ~0U, "before the BAR: %x", value);
	}
	writel(1, before);
unmap:
	if (other)
		pci_iounmap(pdev, other);
	if (before)
		iounmap(before);
	if (span)
		iounmap(span);
}

/* Helpers that map a BAR whole, once a driver: BAR 2. */
static void check_managed(struct test_device *test, enum way way)
{
	void *group = devres_open_group(&test->pdev->dev, NULL, GFP_KERNEL);
	void __iomem *other = pci_iomap(test->pdev, 2, 0);
	void __iomem *address = map(test->pdev, way, 0, 0);

	if (test_check(test, address && other, "%s: no mapping", ways[way].name))
		test_check(test, same_memory(address + PLACE, other + PLACE), "%s: other",
			   ways[way].name);
	if (address)
		ways[way].unmap(test->pdev, address);
	if (other)
		pci_iounmap(test->pdev, other);
	devres_release_group(&test->pdev->dev, group);
}

void test_all_mappings(struct test_device *test)
{
	enum way way;

	for (way = 0; way < BY_PCIM_IOMAP; way++)
		check_way(test, way);
	check_many(test);
	check_beyond(test);
	check_managed(test, BY_PCIM_IOMAP);
	check_managed(test, BY_PCIM_IOMAP_REGIONS);
}
