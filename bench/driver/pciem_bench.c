// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's side of the benchmark: does the same things to a device of pciem
 * and to QEMU's edu, and takes the time of each. It is told what to do in
 * /sys/kernel/debug/pciem-bench/<device>/command, one command a write:
 *
 *	read <bar> <offset> <accesses> <samples> <gap>
 *	write <bar> <offset> <accesses> <samples> <gap>
 *	fault 0 0 <accesses> <samples> <gap>	see take_faults()
 *	copy <bar> <offset> <bytes> <samples> <gap>	memcpy_fromio
 *	door <bar> <offset> 0 <samples> <gap>	see take_door()
 *	switch <bar> <other CPU> 0 <samples> <gap>	see take_switch()
 *	map <bar> <offset> <bytes> 0 0		writes a bus address to <offset>
 *	store <bar> <offset> <value> 0 0		one write, not measured
 *
 * A sample takes the time of that many accesses in a row; before each there is a
 * pause of <gap> microseconds. The file "samples" holds the nanoseconds of each
 * sample of the last command as u64. All numbers are decimal.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>
#include <asm/msr.h>

#define MAX_SAMPLES	65536
#define MAX_COPY	SZ_4K
#define IRQ_TIMEOUT	(5 * HZ)
#define NONCANONICAL	BIT(62)

/* One command. */
struct bench_order {
	char what[8];
	unsigned int bar;
	unsigned int offset;
	unsigned int amount;
	unsigned int samples;
	unsigned int gap;
};

struct bench_device {
	struct pci_dev *pdev;
	void __iomem *bars[PCI_STD_NUM_BARS];
	struct dentry *dir;
	struct mutex lock;	/* one command at a time */
	u64 *samples;
	size_t count;
	u8 copy[MAX_COPY];
	/* Of "door": when the interrupt came. */
	u64 seen;
	struct completion came;
	/* Of "map". */
	void *buffer;
	dma_addr_t bus;
	size_t mapped;
	/* Of "switch". */
	struct completion ping;
	struct completion pong;
};

static struct dentry *root;

static irqreturn_t handle(int irq, void *data)
{
	struct bench_device *bench = data;

	bench->seen = rdtsc_ordered();
	complete(&bench->came);
	return IRQ_HANDLED;
}

static u64 take_reads(void __iomem *at, unsigned int accesses)
{
	u64 start = rdtsc_ordered();

	while (accesses--)
		readl(at);
	return rdtsc_ordered() - start;
}

static u64 take_writes(void __iomem *at, unsigned int accesses)
{
	u64 start = rdtsc_ordered();

	while (accesses--)
		writel(accesses, at);
	return rdtsc_ordered() - start;
}

/*
 * Reads that raise #GP as an access to a BAR of pciem does, and that the
 * kernel's own exception table mends: the least that a trap can cost.
 */
static u64 take_faults(unsigned int accesses)
{
	u64 start = rdtsc_ordered();
	unsigned long value;

	while (accesses--)
		asm volatile("1: mov (%1), %0\n"
			     "2:\n"
			     _ASM_EXTABLE(1b, 2b)
			     : "=r" (value)
			     : "r" (NONCANONICAL));
	return rdtsc_ordered() - start;
}

static u64 take_copy(struct bench_device *bench, void __iomem *at, unsigned int bytes)
{
	u64 start = rdtsc_ordered();

	memcpy_fromio(bench->copy, at, bytes);
	return rdtsc_ordered() - start;
}

/* From before the write of a doorbell to the interrupt handler; 0 if none came. */
static u64 take_door(struct bench_device *bench, void __iomem *door)
{
	u64 start;

	reinit_completion(&bench->came);
	start = rdtsc_ordered();
	writel(1, door);
	if (!wait_for_completion_timeout(&bench->came, IRQ_TIMEOUT))
		return 0;
	return bench->seen - start;
}

/* A context switch pair: wakes another thread and sleeps until that has woken this. */
static u64 take_switch(struct bench_device *bench)
{
	u64 start = rdtsc_ordered();

	complete(&bench->ping);
	wait_for_completion(&bench->pong);
	return rdtsc_ordered() - start;
}

static int answer(void *data)
{
	struct bench_device *bench = data;

	for (;;) {
		wait_for_completion(&bench->ping);
		if (kthread_should_stop())
			return 0;
		complete(&bench->pong);
	}
}

static u64 take(struct bench_device *bench, const struct bench_order *order)
{
	void __iomem *at = bench->bars[order->bar] + order->offset;

	switch (order->what[0]) {
	case 'r':
		return take_reads(at, order->amount);
	case 'w':
		return take_writes(at, order->amount);
	case 'f':
		return take_faults(order->amount);
	case 'c':
		return take_copy(bench, at, order->amount);
	case 'd':
		return take_door(bench, at);
	default:
		return take_switch(bench);
	}
}

static void pause(unsigned int gap)
{
	if (gap)
		usleep_range(gap, gap + gap / 4 + 1);
	else
		cond_resched();
}

/* The TSC costs little to read, and its rate is found out while it is used. */
static int measure(struct bench_device *bench, const struct bench_order *order)
{
	u64 ticks = rdtsc_ordered();
	ktime_t start = ktime_get();
	u64 elapsed;
	size_t i;

	for (i = 0; i < order->samples; i++) {
		pause(order->gap);
		bench->samples[i] = take(bench, order);
		if (order->what[0] == 'd' && !bench->samples[i])
			return -ETIMEDOUT;
		if (signal_pending(current))
			return -EINTR;
	}
	elapsed = ktime_to_ns(ktime_sub(ktime_get(), start));
	ticks = rdtsc_ordered() - ticks;
	for (i = 0; i < order->samples; i++)
		bench->samples[i] = mul_u64_u64_div_u64(bench->samples[i], elapsed, ticks);
	bench->count = order->samples;
	return 0;
}

/* The other thread is on this CPU, or on the next. */
static int measure_switches(struct bench_device *bench, const struct bench_order *order)
{
	struct task_struct *other = kthread_create(answer, bench, "pciem-bench");
	unsigned int cpu = raw_smp_processor_id();
	cpumask_var_t before;
	int ret;

	if (IS_ERR(other))
		return PTR_ERR(other);
	if (!alloc_cpumask_var(&before, GFP_KERNEL)) {
		kthread_stop(other);
		return -ENOMEM;
	}
	init_completion(&bench->ping);
	init_completion(&bench->pong);
	cpumask_copy(before, current->cpus_ptr);
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	kthread_bind(other, order->offset ? cpumask_any_but(cpu_online_mask, cpu) : cpu);
	wake_up_process(other);
	ret = measure(bench, order);
	set_cpus_allowed_ptr(current, before);
	free_cpumask_var(before);
	complete_all(&bench->ping);
	kthread_stop(other);
	return ret;
}

static void unmap(struct bench_device *bench)
{
	if (!bench->mapped)
		return;
	dma_unmap_single(&bench->pdev->dev, bench->bus, bench->mapped, DMA_BIDIRECTIONAL);
	free_pages_exact(bench->buffer, bench->mapped);
	bench->mapped = 0;
}

static int map(struct bench_device *bench, const struct bench_order *order)
{
	unmap(bench);
	bench->buffer = alloc_pages_exact(order->amount, GFP_KERNEL | __GFP_ZERO);
	if (!bench->buffer)
		return -ENOMEM;
	bench->bus = dma_map_single(&bench->pdev->dev, bench->buffer, order->amount,
				    DMA_BIDIRECTIONAL);
	if (dma_mapping_error(&bench->pdev->dev, bench->bus)) {
		free_pages_exact(bench->buffer, order->amount);
		return -ENOMEM;
	}
	bench->mapped = order->amount;
	writeq(bench->bus, bench->bars[order->bar] + order->offset);
	return 0;
}

static bool is_within(struct bench_device *bench, const struct bench_order *order)
{
	u64 length;

	if (order->bar >= PCI_STD_NUM_BARS || !bench->bars[order->bar])
		return false;
	length = pci_resource_len(bench->pdev, order->bar);
	if (!strcmp(order->what, "copy") &&
	    (order->amount > MAX_COPY || order->offset + (u64)order->amount > length))
		return false;
	return order->samples <= MAX_SAMPLES && order->offset + sizeof(u64) <= length;
}

static int run(struct bench_device *bench, const char *text)
{
	static const char * const measured[] = { "read", "write", "fault", "copy", "door" };
	struct bench_order order;

	if (sscanf(text, "%7s %u %u %u %u %u", order.what, &order.bar, &order.offset, &order.amount,
		   &order.samples, &order.gap) != 6 || !is_within(bench, &order))
		return -EINVAL;
	if (!strcmp(order.what, "map"))
		return map(bench, &order);
	if (!strcmp(order.what, "store")) {
		writel(order.amount, bench->bars[order.bar] + order.offset);
		return 0;
	}
	if (!strcmp(order.what, "switch"))
		return measure_switches(bench, &order);
	if (match_string(measured, ARRAY_SIZE(measured), order.what) >= 0)
		return measure(bench, &order);
	return -EINVAL;
}

static ssize_t command_write(struct file *file, const char __user *user, size_t count,
			     loff_t *offset)
{
	struct bench_device *bench = file->private_data;
	char text[96];
	int ret;

	if (count >= sizeof(text) || copy_from_user(text, user, count))
		return -EINVAL;
	text[count] = 0;
	mutex_lock(&bench->lock);
	ret = run(bench, text);
	mutex_unlock(&bench->lock);
	return ret ?: count;
}

static ssize_t samples_read(struct file *file, char __user *user, size_t count, loff_t *offset)
{
	struct bench_device *bench = file->private_data;

	return simple_read_from_buffer(user, count, offset, bench->samples,
				       bench->count * sizeof(*bench->samples));
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static const struct file_operations samples_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = samples_read,
};

static int map_bars(struct bench_device *bench)
{
	int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (!pci_resource_len(bench->pdev, bar))
			continue;
		bench->bars[bar] = pcim_iomap(bench->pdev, bar, 0);
		if (!bench->bars[bar])
			return -ENOMEM;
	}
	return 0;
}

static int bench_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct bench_device *bench = devm_kzalloc(&pdev->dev, sizeof(*bench), GFP_KERNEL);
	int ret;

	if (!bench)
		return -ENOMEM;
	bench->pdev = pdev;
	mutex_init(&bench->lock);
	init_completion(&bench->came);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	pci_set_master(pdev);
	ret = map_bars(bench);
	if (ret)
		return ret;
	bench->samples = vmalloc(MAX_SAMPLES * sizeof(*bench->samples));
	if (!bench->samples)
		return -ENOMEM;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		goto free;
	ret = request_irq(pci_irq_vector(pdev, 0), handle, 0, "pciem-bench", bench);
	if (ret)
		goto free_vectors;
	bench->dir = debugfs_create_dir(pci_name(pdev), root);
	debugfs_create_file("command", 0200, bench->dir, bench, &command_fops);
	debugfs_create_file("samples", 0400, bench->dir, bench, &samples_fops);
	pci_set_drvdata(pdev, bench);
	return 0;
free_vectors:
	pci_free_irq_vectors(pdev);
free:
	vfree(bench->samples);
	return ret;
}

static void bench_remove(struct pci_dev *pdev)
{
	struct bench_device *bench = pci_get_drvdata(pdev);

	debugfs_remove_recursive(bench->dir);
	unmap(bench);
	free_irq(pci_irq_vector(pdev, 0), bench);
	pci_free_irq_vectors(pdev);
	vfree(bench->samples);
}

static const struct pci_device_id bench_ids[] = {
	/* QEMU's edu. */
	{ PCI_DEVICE(0x1234, 0x11e8) },
	/* bench/devices/bench.ts */
	{ PCI_DEVICE(0x1234, 0xbe4c) },
	{ }
};
MODULE_DEVICE_TABLE(pci, bench_ids);

static struct pci_driver bench_driver = {
	.name = "pciem_bench",
	.id_table = bench_ids,
	.probe = bench_probe,
	.remove = bench_remove,
};

static int __init bench_init(void)
{
	int ret;

	root = debugfs_create_dir("pciem-bench", NULL);
	ret = pci_register_driver(&bench_driver);
	if (ret)
		debugfs_remove_recursive(root);
	return ret;
}

static void __exit bench_exit(void)
{
	pci_unregister_driver(&bench_driver);
	debugfs_remove_recursive(root);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Driver for the benchmark of pciem");
MODULE_LICENSE("GPL");
