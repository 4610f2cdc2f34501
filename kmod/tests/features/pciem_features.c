// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver for tests of what the module gives drivers besides trapped accesses.
 * It binds to 1234:7e5a and does what it is told in
 * /sys/kernel/debug/pciem-features/<device>/command, one command a write;
 * "result" holds what came of it. All numbers are hexadecimal.
 *
 *	map <bar> <how> <offset> <length>	how: 0 ioremap, 1 _wc, 2 _cache, 3 memremap,
 *						4 pci_iomap; result 1 if there is a mapping
 *	unmap
 *	r<size> <offset>, w<size> <offset> <value>	through the mapping
 *	spin <offset>			r4 with interrupts off
 *	sum <length>			result: checksum of the mapping's first bytes
 *	coherent <length>		dma_alloc_coherent(), result: bus address
 *	free				dma_free_coherent()
 *	single <length> <direction>	dma_map_single() of a buffer, result: bus address
 *	unsingle
 *	peer <domain> <bar>		dma_map_resource() of a BAR of 00:00.0 there
 *	unpeer
 *	peek <offset>			result: 8 bytes of the coherent or single buffer
 *	poke <offset> <value>
 *
 * do_coherent() and do_single() are named in records of DMA faults, access_map() and
 * sum_map() as callers in taps.
 *
 * /dev/pciem-features maps BAR 2 as graphics drivers do, page by page.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#define BUFFER_MAX	SZ_1M
#define GRAPHICS_BAR	2

struct features {
	struct pci_dev *pdev;
	struct dentry *dir;
	struct mutex lock;	/* one command at a time */
	u64 result;

	void __iomem *map;
	int how;
	u64 length;

	void *coherent;
	void *single;
	size_t size;
	enum dma_data_direction direction;
	dma_addr_t bus;
	dma_addr_t peer;
	size_t peer_size;
};

static struct dentry *root;
/* The device behind /dev/pciem-features: the last that was bound. */
static struct pci_dev *graphics;

static int do_map(struct features *f, unsigned int bar, int how, u64 offset, u64 length)
{
	u64 start = pci_resource_start(f->pdev, bar) + offset;

	if (f->map || bar > PCI_ROM_RESOURCE || !length)
		return -EINVAL;
	switch (how) {
	case 0:
		f->map = ioremap(start, length);
		break;
	case 1:
		f->map = ioremap_wc(start, length);
		break;
	case 2:
		f->map = ioremap_cache(start, length);
		break;
	case 3:
		f->map = (void __iomem *)memremap(start, length, MEMREMAP_WB);
		break;
	case 4:
		f->map = pci_iomap(f->pdev, bar, 0);
		break;
	default:
		return -EINVAL;
	}
	f->how = how;
	f->length = length;
	f->result = !!f->map;
	return 0;
}

static void undo_map(struct features *f)
{
	if (!f->map)
		return;
	if (f->how == 3)
		memunmap((__force void *)f->map);
	else if (f->how == 4)
		pci_iounmap(f->pdev, f->map);
	else
		iounmap(f->map);
	f->map = NULL;
}

static noinline int access_map(struct features *f, const char *word, u64 offset, u64 value)
{
	void __iomem *at = f->map + offset;
	bool read = word[0] == 'r';

	if (!f->map || offset >= f->length)
		return -EINVAL;
	switch (word[1]) {
	case '1':
		if (read)
			f->result = ioread8(at);
		else
			iowrite8(value, at);
		return 0;
	case '2':
		if (read)
			f->result = ioread16(at);
		else
			iowrite16(value, at);
		return 0;
	case '4':
		if (read)
			f->result = ioread32(at);
		else
			iowrite32(value, at);
		return 0;
	case '8':
		if (read)
			f->result = readq(at);
		else
			writeq(value, at);
		return 0;
	}
	return -EINVAL;
}

static int spin_map(struct features *f, u64 offset)
{
	unsigned long flags;

	if (!f->map || offset >= f->length)
		return -EINVAL;
	local_irq_save(flags);
	f->result = readl(f->map + offset);
	local_irq_restore(flags);
	return 0;
}

static noinline int sum_map(struct features *f, u64 length)
{
	u8 *buffer;
	u64 i;

	if (!f->map || length > f->length || length > BUFFER_MAX)
		return -EINVAL;
	buffer = kvmalloc(length, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	memcpy_fromio(buffer, f->map, length);
	for (f->result = 0, i = 0; i < length; i++)
		f->result = f->result * 31 + buffer[i];
	kvfree(buffer);
	return 0;
}

static noinline int do_coherent(struct features *f, u64 length)
{
	if (f->coherent || f->single || !length || length > BUFFER_MAX)
		return -EINVAL;
	f->coherent = dma_alloc_coherent(&f->pdev->dev, length, &f->bus, GFP_KERNEL);
	if (!f->coherent)
		return -ENOMEM;
	f->size = length;
	f->result = f->bus;
	return 0;
}

static void undo_coherent(struct features *f)
{
	if (f->coherent)
		dma_free_coherent(&f->pdev->dev, f->size, f->coherent, f->bus);
	f->coherent = NULL;
}

static noinline int do_single(struct features *f, u64 length, u64 direction)
{
	if (f->coherent || f->single || !length || length > BUFFER_MAX ||
	    direction > DMA_FROM_DEVICE)
		return -EINVAL;
	f->single = kzalloc(length, GFP_KERNEL);
	if (!f->single)
		return -ENOMEM;
	f->bus = dma_map_single(&f->pdev->dev, f->single, length, direction);
	if (dma_mapping_error(&f->pdev->dev, f->bus)) {
		kfree(f->single);
		f->single = NULL;
		return -ENOMEM;
	}
	f->size = length;
	f->direction = direction;
	f->result = f->bus;
	return 0;
}

static void undo_single(struct features *f)
{
	if (!f->single)
		return;
	dma_unmap_single(&f->pdev->dev, f->bus, f->size, f->direction);
	kfree(f->single);
	f->single = NULL;
}

static int do_peer(struct features *f, u64 domain, u64 bar)
{
	struct pci_dev *other = pci_get_domain_bus_and_slot(domain, 0, 0);
	int ret = -EINVAL;

	if (!other)
		return -ENODEV;
	if (!f->peer_size && bar < PCI_STD_NUM_BARS && pci_resource_len(other, bar)) {
		f->peer_size = pci_resource_len(other, bar);
		f->peer = dma_map_resource(&f->pdev->dev, pci_resource_start(other, bar),
					   f->peer_size, DMA_BIDIRECTIONAL, 0);
		ret = dma_mapping_error(&f->pdev->dev, f->peer);
		if (ret)
			f->peer_size = 0;
		f->result = f->peer;
	}
	pci_dev_put(other);
	return ret;
}

static void undo_peer(struct features *f)
{
	if (f->peer_size)
		dma_unmap_resource(&f->pdev->dev, f->peer, f->peer_size, DMA_BIDIRECTIONAL, 0);
	f->peer_size = 0;
}

static int buffer_access(struct features *f, bool write, u64 offset, u64 value)
{
	u64 *at = (f->coherent ?: f->single) + offset;

	if ((!f->coherent && !f->single) || offset + 8 > f->size)
		return -EINVAL;
	if (write)
		WRITE_ONCE(*at, value);
	else
		f->result = READ_ONCE(*at);
	return 0;
}

static int run(struct features *f, char *text)
{
	char word[16];
	u64 a = 0, b = 0, c = 0, d = 0;

	if (sscanf(text, "%15s %llx %llx %llx %llx", word, &a, &b, &c, &d) < 1)
		return -EINVAL;
	if (!strcmp(word, "map"))
		return do_map(f, a, b, c, d);
	if (!strcmp(word, "unmap"))
		undo_map(f);
	else if (!strcmp(word, "sum"))
		return sum_map(f, a);
	else if (!strcmp(word, "spin"))
		return spin_map(f, a);
	else if (!strcmp(word, "coherent"))
		return do_coherent(f, a);
	else if (!strcmp(word, "free"))
		undo_coherent(f);
	else if (!strcmp(word, "single"))
		return do_single(f, a, b);
	else if (!strcmp(word, "unsingle"))
		undo_single(f);
	else if (!strcmp(word, "peer"))
		return do_peer(f, a, b);
	else if (!strcmp(word, "unpeer"))
		undo_peer(f);
	else if (!strcmp(word, "peek") || !strcmp(word, "poke"))
		return buffer_access(f, word[1] == 'o', a, b);
	else if ((word[0] == 'r' || word[0] == 'w') && word[1] && !word[2])
		return access_map(f, word, a, b);
	else
		return -EINVAL;
	return 0;
}

static ssize_t command_write(struct file *file, const char __user *user, size_t count,
			     loff_t *offset)
{
	struct features *f = file->private_data;
	char text[80];
	int ret;

	if (count >= sizeof(text) || copy_from_user(text, user, count))
		return -EINVAL;
	text[count] = 0;
	mutex_lock(&f->lock);
	ret = run(f, text);
	mutex_unlock(&f->lock);
	return ret ?: count;
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static vm_fault_t graphics_fault(struct vm_fault *vmf)
{
	struct pci_dev *pdev = vmf->vma->vm_private_data;
	u64 at = pci_resource_start(pdev, GRAPHICS_BAR) +
		 (vmf->address & PAGE_MASK) - vmf->vma->vm_start;

	return vmf_insert_pfn_prot(vmf->vma, vmf->address & PAGE_MASK, PHYS_PFN(at),
				   pgprot_writecombine(vmf->vma->vm_page_prot));
}

static void graphics_close(struct vm_area_struct *vma)
{
	pci_dev_put(vma->vm_private_data);
}

static void graphics_open(struct vm_area_struct *vma)
{
	pci_dev_get(vma->vm_private_data);
}

static const struct vm_operations_struct graphics_ops = {
	.open = graphics_open,
	.close = graphics_close,
	.fault = graphics_fault,
};

static int graphics_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!graphics || vma->vm_end - vma->vm_start > pci_resource_len(graphics, GRAPHICS_BAR))
		return -EINVAL;
	vma->vm_private_data = pci_dev_get(graphics);
	vma->vm_ops = &graphics_ops;
#ifdef PCIEM_HAVE_VM_FLAGS_SET
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
#else
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
#endif
	return 0;
}

static const struct file_operations graphics_fops = {
	.owner = THIS_MODULE,
	.mmap = graphics_mmap,
};

static struct miscdevice graphics_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pciem-features",
	.mode = 0600,
	.fops = &graphics_fops,
};

static int features_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct features *f = devm_kzalloc(&pdev->dev, sizeof(*f), GFP_KERNEL);
	int ret;

	if (!f)
		return -ENOMEM;
	f->pdev = pdev;
	mutex_init(&f->lock);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	pci_set_master(pdev);
	f->dir = debugfs_create_dir(pci_name(pdev), root);
	debugfs_create_file("command", 0200, f->dir, f, &command_fops);
	debugfs_create_x64("result", 0400, f->dir, &f->result);
	pci_set_drvdata(pdev, f);
	graphics = pdev;
	return 0;
}

static void features_remove(struct pci_dev *pdev)
{
	struct features *f = pci_get_drvdata(pdev);

	if (graphics == pdev)
		graphics = NULL;
	debugfs_remove_recursive(f->dir);
	undo_map(f);
	undo_coherent(f);
	undo_single(f);
	undo_peer(f);
}

static const struct pci_device_id features_ids[] = {
	{ PCI_DEVICE(0x1234, 0x7e5a) },
	{ }
};
MODULE_DEVICE_TABLE(pci, features_ids);

static struct pci_driver features_driver = {
	.name = "pciem_features",
	.id_table = features_ids,
	.probe = features_probe,
	.remove = features_remove,
};

static int __init features_init(void)
{
	int ret = misc_register(&graphics_device);

	if (ret)
		return ret;
	root = debugfs_create_dir("pciem-features", NULL);
	ret = pci_register_driver(&features_driver);
	if (ret) {
		debugfs_remove_recursive(root);
		misc_deregister(&graphics_device);
	}
	return ret;
}

static void __exit features_exit(void)
{
	pci_unregister_driver(&features_driver);
	debugfs_remove_recursive(root);
	misc_deregister(&graphics_device);
}

module_init(features_init);
module_exit(features_exit);

MODULE_DESCRIPTION("Driver for tests of pciem");
MODULE_LICENSE("GPL");
