// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver for the edu device: how to map a BAR, wait for an interrupt and
 * let the device move data, in one file. What it offers in the directory of
 * the device in sysfs:
 *
 *	factorial	write n, then read n!, 32 bits of it
 *	echo		write up to 4095 bytes: the device fetches them into its buffer,
 *			and stores them elsewhere in memory; read what came back
 *	interrupts	how many there have been
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#define EDU_ID			0x00
#define EDU_LIVENESS		0x04
#define EDU_FACTORIAL		0x08
#define EDU_STATUS		0x20
#define EDU_STATUS_IRQ		BIT(7)
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_ACK		0x64
#define EDU_DMA_SOURCE		0x80
#define EDU_DMA_DESTINATION	0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define EDU_DMA_RUN		BIT(0)
#define EDU_DMA_TO_MEMORY	BIT(1)
#define EDU_DMA_IRQ		BIT(2)

/* The buffer as the device's DMA engine sees it. */
#define EDU_BUFFER		0x40000
#define EDU_BUFFER_SIZE		4096

struct edu {
	void __iomem *bar;
	/* Two pages: what goes out, and what has come back. */
	char *memory;
	dma_addr_t bus;
	struct completion done;
	struct mutex lock;	/* one user at a time */
	size_t echoed;
	atomic_t interrupts;
};

static irqreturn_t edu_interrupt(int irq, void *data)
{
	struct edu *edu = data;
	u32 reasons = readl(edu->bar + EDU_IRQ_STATUS);

	if (!reasons)
		return IRQ_NONE;
	writel(reasons, edu->bar + EDU_IRQ_ACK);
	atomic_inc(&edu->interrupts);
	complete(&edu->done);
	return IRQ_HANDLED;
}

static int edu_wait(struct edu *edu)
{
	return wait_for_completion_timeout(&edu->done, 5 * HZ) ? 0 : -ETIMEDOUT;
}

static int edu_dma(struct edu *edu, u64 source, u64 destination, size_t count, u32 command)
{
	reinit_completion(&edu->done);
	writeq(source, edu->bar + EDU_DMA_SOURCE);
	writeq(destination, edu->bar + EDU_DMA_DESTINATION);
	writeq(count, edu->bar + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_RUN | EDU_DMA_IRQ, edu->bar + EDU_DMA_COMMAND);
	return edu_wait(edu);
}

static ssize_t factorial_store(struct device *dev, struct device_attribute *attr,
			       const char *text, size_t count)
{
	struct edu *edu = dev_get_drvdata(dev);
	u32 n;
	int ret = kstrtou32(text, 0, &n);

	if (ret)
		return ret;
	mutex_lock(&edu->lock);
	reinit_completion(&edu->done);
	writel(EDU_STATUS_IRQ, edu->bar + EDU_STATUS);
	writel(n, edu->bar + EDU_FACTORIAL);
	ret = edu_wait(edu);
	mutex_unlock(&edu->lock);
	return ret ?: count;
}

static ssize_t factorial_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct edu *edu = dev_get_drvdata(dev);

	return sysfs_emit(text, "%u\n", readl(edu->bar + EDU_FACTORIAL));
}
static DEVICE_ATTR_RW(factorial);

static ssize_t echo_store(struct device *dev, struct device_attribute *attr,
			  const char *text, size_t count)
{
	struct edu *edu = dev_get_drvdata(dev);
	int ret;

	if (count >= EDU_BUFFER_SIZE)
		return -EINVAL;
	mutex_lock(&edu->lock);
	memcpy(edu->memory, text, count);
	ret = edu_dma(edu, edu->bus, EDU_BUFFER, count, 0);
	if (!ret)
		ret = edu_dma(edu, EDU_BUFFER, edu->bus + EDU_BUFFER_SIZE, count,
			      EDU_DMA_TO_MEMORY);
	edu->echoed = ret ? 0 : count;
	mutex_unlock(&edu->lock);
	return ret ?: count;
}

static ssize_t echo_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct edu *edu = dev_get_drvdata(dev);
	size_t count;

	mutex_lock(&edu->lock);
	count = edu->echoed;
	memcpy(text, edu->memory + EDU_BUFFER_SIZE, count);
	mutex_unlock(&edu->lock);
	return count;
}
static DEVICE_ATTR_RW(echo);

static ssize_t interrupts_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct edu *edu = dev_get_drvdata(dev);

	return sysfs_emit(text, "%d\n", atomic_read(&edu->interrupts));
}
static DEVICE_ATTR_RO(interrupts);

static struct attribute *edu_attrs[] = {
	&dev_attr_factorial.attr,
	&dev_attr_echo.attr,
	&dev_attr_interrupts.attr,
	NULL
};
ATTRIBUTE_GROUPS(edu);

static void edu_free_vectors(void *data)
{
	pci_free_irq_vectors(data);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	int ret;

	if (!edu)
		return -ENOMEM;
	mutex_init(&edu->lock);
	init_completion(&edu->done);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	/* The engine of the device has no more than 28 address bits. */
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(28));
	if (ret)
		return ret;
	edu->bar = pcim_iomap(pdev, 0, 0);
	edu->memory = dmam_alloc_coherent(&pdev->dev, 2 * EDU_BUFFER_SIZE, &edu->bus, GFP_KERNEL);
	if (!edu->bar || !edu->memory)
		return -ENOMEM;
	writel(0x12345678, edu->bar + EDU_LIVENESS);
	if (readl(edu->bar + EDU_LIVENESS) != ~0x12345678U)
		return -ENODEV;
	pci_set_master(pdev);
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (ret < 0)
		return ret;
	ret = devm_add_action_or_reset(&pdev->dev, edu_free_vectors, pdev);
	if (ret)
		return ret;
	pci_set_drvdata(pdev, edu);
	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), edu_interrupt, IRQF_SHARED,
			       "edu", edu);
	if (ret)
		return ret;
	pci_info(pdev, "edu %08x\n", readl(edu->bar + EDU_ID));
	return 0;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.dev_groups = edu_groups,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Driver for QEMU's edu device");
MODULE_LICENSE("GPL");
