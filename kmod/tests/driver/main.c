// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver for tests: does to BAR 0 of a 1234:7e57 function what it is told in
 * /sys/kernel/debug/pciem-test/<device>/command, one command a write:
 *
 *	r<size> <offset>		read; "result" holds the value
 *	w<size> <offset> <value>	write
 *	R, W				the same with interrupts off
 *	irqs				"result" holds the number of interrupts
 *	irqreads <offset>		from now on the handler reads a register
 *	count, cpus, seen, virq <n>	what happened to a vector: "result" holds how
 *					often, on which CPUs, what was read, its number
 *	clearcpus			forgets on which CPUs
 *	hammer				accesses on every CPU; until
 *	stop				"result" holds their number
 *	flood <offset> <milliseconds>	writes on every CPU; "result" holds their number
 *	copyin <offset> <length>	memcpy_fromio, "result" holds a checksum
 *	copyout <offset> <length>	memcpy_toio of bytes 0, 1, 2 ...
 *	fill <offset> <length>		memset_io with 0xa5
 *	dma <offset> <length>		maps a buffer, writes its bus address to <offset>
 *	undma				unmaps it, "result" holds a checksum
 *
 *	forms <offset> <atomic>		all instructions; "report" holds what was wrong and
 *					"expected" the accesses that the device has seen
 *	strings <offset> <atomic>	string instructions
 *	mappings			all ways of mapping
 *	functions			the kernel's functions
 *
 * The last four are for a 1234:7e58 function, see test.h. "passed" and "failed"
 * count what they have checked.
 *
 * An INTx is acknowledged by a write to 0x3c.
 *
 * All numbers are hexadecimal.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "test.h"

#define COPY_MAX	4096
#define FORMS_ID	0x7e58
#define REG_ACKNOWLEDGE	0x3c

static struct dentry *root;

static uint probe_reads;
module_param(probe_reads, uint, 0600);
MODULE_PARM_DESC(probe_reads, "Register that probe reads, 0 for none");

static irqreturn_t handle(int irq, void *data)
{
	struct test_vector *vector = data;
	struct test_device *test = vector->test;

	/* A level: the device takes it back when it sees this write. */
	if (!pci_dev_msi_enabled(test->pdev))
		writel(1, test->bar + REG_ACKNOWLEDGE);
	vector->cpus |= BIT(smp_processor_id() & 31);
	if (test->handler_reads)
		WRITE_ONCE(vector->seen, readl(test->bar + test->handler_reads));
	atomic_inc(&vector->count);
	atomic_inc(&test->irqs);
	return IRQ_HANDLED;
}

static u64 do_read(struct test_device *test, char size, u64 offset)
{
	switch (size) {
	case '1':
		return readb(test->bar + offset);
	case '2':
		return readw(test->bar + offset);
	case '4':
		return readl(test->bar + offset);
	default:
		return readq(test->bar + offset);
	}
}

static void do_write(struct test_device *test, char size, u64 offset, u64 value)
{
	switch (size) {
	case '1':
		writeb(value, test->bar + offset);
		break;
	case '2':
		writew(value, test->bar + offset);
		break;
	case '4':
		writel(value, test->bar + offset);
		break;
	default:
		writeq(value, test->bar + offset);
		break;
	}
}

static void access(struct test_device *test, const char *text, u64 offset, u64 value)
{
	bool atomic = text[0] == 'R' || text[0] == 'W';
	unsigned long flags;

	if (atomic)
		local_irq_save(flags);
	if (text[0] == 'r' || text[0] == 'R')
		test->result = do_read(test, text[1], offset);
	else
		do_write(test, text[1], offset, value);
	if (atomic)
		local_irq_restore(flags);
}

static u64 checksum(const u8 *bytes, size_t length)
{
	u64 sum = 0;

	while (length--)
		sum = sum * 31 + *bytes++;
	return sum;
}

static int copy(struct test_device *test, const char *word, u64 offset, u64 length)
{
	u8 *buffer;
	u64 i;

	if (length > COPY_MAX)
		return -EINVAL;
	buffer = kmalloc(COPY_MAX, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	if (!strcmp(word, "copyin")) {
		memcpy_fromio(buffer, test->bar + offset, length);
		test->result = checksum(buffer, length);
	} else if (!strcmp(word, "copyout")) {
		for (i = 0; i < length; i++)
			buffer[i] = i;
		memcpy_toio(test->bar + offset, buffer, length);
	} else {
		memset_io(test->bar + offset, 0xa5, length);
	}
	kfree(buffer);
	return 0;
}

static int map_buffer(struct test_device *test, u64 offset, u64 length)
{
	if (test->mapped || !length || length > SZ_1M)
		return -EINVAL;
	test->buffer = kzalloc(length, GFP_KERNEL);
	if (!test->buffer)
		return -ENOMEM;
	test->bus = dma_map_single(&test->pdev->dev, test->buffer, length, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(&test->pdev->dev, test->bus)) {
		kfree(test->buffer);
		return -ENOMEM;
	}
	test->mapped = length;
	writeq(test->bus, test->bar + offset);
	return 0;
}

static void unmap_buffer(struct test_device *test)
{
	if (!test->mapped)
		return;
	dma_unmap_single(&test->pdev->dev, test->bus, test->mapped, DMA_BIDIRECTIONAL);
	test->result = checksum(test->buffer, test->mapped);
	kfree(test->buffer);
	test->mapped = 0;
}

static bool is_forms(const struct test_device *test)
{
	return test->report && test->expected;
}

static bool run_forms(struct test_device *test, const char *word, u64 offset, u64 atomic)
{
	if (!strcmp(word, "forms"))
		test_all_forms(test, offset, atomic);
	else if (!strcmp(word, "strings"))
		test_all_strings(test, offset, atomic);
	else if (!strcmp(word, "mappings"))
		test_all_mappings(test);
	else if (!strcmp(word, "functions"))
		test_all_functions(test);
	else
		return false;
	return true;
}

static void clear_cpus(struct test_device *test)
{
	int i;

	for (i = 0; i < test->vectors; i++)
		test->vector[i].cpus = 0;
}

static bool ask_vector(struct test_device *test, const char *word, unsigned int n)
{
	const struct test_vector *vector = &test->vector[n];

	if (!strcmp(word, "count"))
		test->result = atomic_read(&vector->count);
	else if (!strcmp(word, "cpus"))
		test->result = vector->cpus;
	else if (!strcmp(word, "seen"))
		test->result = READ_ONCE(vector->seen);
	else if (!strcmp(word, "virq"))
		test->result = pci_irq_vector(test->pdev, n);
	else
		return false;
	return true;
}

static int run(struct test_device *test, char *text)
{
	char word[16];
	u64 offset = 0, value = 0;
	int n = sscanf(text, "%15s %llx %llx", word, &offset, &value);

	if (n < 1)
		return -EINVAL;
	if (is_forms(test) && run_forms(test, word, offset, value))
		return 0;
	if (!strcmp(word, "irqs")) {
		test->result = atomic_read(&test->irqs);
	} else if (!strcmp(word, "irqreads")) {
		test->handler_reads = offset;
	} else if (!strcmp(word, "clearcpus")) {
		clear_cpus(test);
	} else if (!strcmp(word, "hammer")) {
		return test_hammer(test);
	} else if (!strcmp(word, "stop")) {
		test->result = test_threads_stop(test);
	} else if (n == 3 && !strcmp(word, "flood")) {
		return test_flood(test, offset, value);
	} else if (n == 2 && offset < test->vectors && ask_vector(test, word, offset)) {
		return 0;
	} else if (!strcmp(word, "undma")) {
		unmap_buffer(test);
	} else if (n == 3 && !strcmp(word, "dma")) {
		return map_buffer(test, offset, value);
	} else if (n == 3 && (!strcmp(word, "copyin") || !strcmp(word, "copyout") ||
			      !strcmp(word, "fill"))) {
		return copy(test, word, offset, value);
	} else if (n >= 2 && strlen(word) == 2 && strchr("rwRW", word[0]) &&
		   strchr("1248", word[1])) {
		access(test, word, offset, value);
	} else {
		return -EINVAL;
	}
	return 0;
}

static ssize_t command_write(struct file *file, const char __user *user, size_t count,
			     loff_t *offset)
{
	struct test_device *test = file->private_data;
	char text[64];
	int ret;

	if (count >= sizeof(text) || copy_from_user(text, user, count))
		return -EINVAL;
	text[count] = 0;
	mutex_lock(&test->lock);
	ret = run(test, text);
	mutex_unlock(&test->lock);
	return ret ?: count;
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static void create_forms(struct test_device *test)
{
	test->report = test_text_alloc();
	test->expected = test_text_alloc();
	if (!is_forms(test))
		return;
	test_text_create("report", test->dir, test->report);
	test_text_create("expected", test->dir, test->expected);
	debugfs_create_u64("passed", 0400, test->dir, &test->passed);
	debugfs_create_u64("failed", 0400, test->dir, &test->failed);
}

static int test_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct test_device *test = devm_kzalloc(&pdev->dev, sizeof(*test), GFP_KERNEL);
	int i, ret;

	if (!test)
		return -ENOMEM;
	test->pdev = pdev;
	mutex_init(&test->lock);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	pci_set_master(pdev);
	test->bar = pcim_iomap(pdev, 0, 0);
	if (!test->bar)
		return -ENOMEM;
	/* For a device that is killed meanwhile. */
	if (probe_reads)
		readl(test->bar + probe_reads);
	test->vectors = pci_alloc_irq_vectors(pdev, 1, TEST_MAX_VECTORS, PCI_IRQ_ALL_TYPES);
	for (i = 0; i < test->vectors; i++) {
		test->vector[i].test = test;
		ret = request_irq(pci_irq_vector(pdev, i), handle, 0, "pciem-test",
				  &test->vector[i]);
		if (ret)
			goto free;
	}
	test->dir = debugfs_create_dir(pci_name(pdev), root);
	debugfs_create_file("command", 0200, test->dir, test, &command_fops);
	debugfs_create_x64("result", 0400, test->dir, &test->result);
	if (pdev->device == FORMS_ID)
		create_forms(test);
	pci_set_drvdata(pdev, test);
	return 0;
free:
	while (i--)
		free_irq(pci_irq_vector(pdev, i), &test->vector[i]);
	pci_free_irq_vectors(pdev);
	return ret;
}

static void test_remove(struct pci_dev *pdev)
{
	struct test_device *test = pci_get_drvdata(pdev);
	int i;

	debugfs_remove_recursive(test->dir);
	test_threads_stop(test);
	test_text_free(test->report);
	test_text_free(test->expected);
	unmap_buffer(test);
	for (i = 0; i < test->vectors; i++)
		free_irq(pci_irq_vector(pdev, i), &test->vector[i]);
	pci_free_irq_vectors(pdev);
}

static const struct pci_device_id test_ids[] = {
	{ PCI_DEVICE(0x1234, 0x7e57) },
	{ PCI_DEVICE(0x1234, FORMS_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, test_ids);

static struct pci_driver test_driver = {
	.name = "pciem_test",
	.id_table = test_ids,
	.probe = test_probe,
	.remove = test_remove,
};

static int __init test_init(void)
{
	int ret;

	root = debugfs_create_dir("pciem-test", NULL);
	ret = pci_register_driver(&test_driver);
	if (ret)
		debugfs_remove_recursive(root);
	return ret;
}

static void __exit test_exit(void)
{
	pci_unregister_driver(&test_driver);
	debugfs_remove_recursive(root);
}

module_init(test_init);
module_exit(test_exit);

MODULE_DESCRIPTION("Driver for tests of pciem");
MODULE_LICENSE("GPL");
