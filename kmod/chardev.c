// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/pciem: each open file is nothing yet, an endpoint, or a tap.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define MARK_MAX	4096

/* Set once, under the lock, and then stays until the file is released. */
struct pciem_file {
	struct mutex lock;	/* while one of the following is set */
	struct pciem_endpoint *endpoint;
	struct pciem_tap_reader *tap;
};

static int pciem_open(struct inode *inode, struct file *file)
{
	struct pciem_file *pf;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	pf = kzalloc(sizeof(*pf), GFP_KERNEL_ACCOUNT);
	if (!pf)
		return -ENOMEM;
	mutex_init(&pf->lock);
	file->private_data = pf;
	return nonseekable_open(inode, file);
}

static int pciem_release(struct inode *inode, struct file *file)
{
	struct pciem_file *pf = file->private_data;

	if (pf->tap)
		pciem_tap_detach(pf->tap);
	if (pf->endpoint)
		pciem_endpoint_kill(pf->endpoint);
	kfree(pf);
	return 0;
}

static struct pciem_endpoint *endpoint_of(struct pciem_file *pf)
{
	/* Pairs with ioctl_create(). */
	return smp_load_acquire(&pf->endpoint);
}

static struct pciem_tap_reader *tap_of(struct pciem_file *pf)
{
	/* Pairs with ioctl_tap(). */
	return smp_load_acquire(&pf->tap);
}

static struct pciem_fn *function_of(struct pciem_endpoint *ep, u32 number)
{
	if (READ_ONCE(ep->state) != PCIEM_STATE_PLUGGED &&
	    READ_ONCE(ep->state) != PCIEM_STATE_PLUGGING)
		return ERR_PTR(-ENOTCONN);
	return number < ep->num_functions ? &ep->fns[number] : ERR_PTR(-EINVAL);
}

static int ioctl_create(struct pciem_file *pf, void __user *arg)
{
	struct pciem_create *create;
	struct pciem_endpoint *ep;
	int ret = 0;

	create = memdup_user(arg, sizeof(*create));
	if (IS_ERR(create))
		return PTR_ERR(create);
	mutex_lock(&pf->lock);
	if (pf->endpoint || pf->tap) {
		ret = -EBUSY;
		goto unlock;
	}
	ep = pciem_endpoint_create(create);
	if (IS_ERR(ep)) {
		ret = PTR_ERR(ep);
		goto unlock;
	}
	if (copy_to_user(arg, create, sizeof(*create))) {
		pciem_endpoint_kill(ep);
		ret = -EFAULT;
		goto unlock;
	}
	/* It is complete for whoever sees it: endpoint_of(). */
	smp_store_release(&pf->endpoint, ep);
unlock:
	mutex_unlock(&pf->lock);
	kfree(create);
	return ret;
}

static int ioctl_tap(struct pciem_file *pf, void __user *arg)
{
	struct pciem_tap_reader *reader;
	struct pciem_tap tap;
	int ret = 0;

	if (copy_from_user(&tap, arg, sizeof(tap)))
		return -EFAULT;
	mutex_lock(&pf->lock);
	if (pf->endpoint || pf->tap) {
		ret = -EBUSY;
		goto unlock;
	}
	reader = pciem_tap_attach(&tap);
	if (IS_ERR(reader)) {
		ret = PTR_ERR(reader);
		goto unlock;
	}
	if (copy_to_user(arg, &tap, sizeof(tap))) {
		pciem_tap_detach(reader);
		ret = -EFAULT;
		goto unlock;
	}
	/* As above: tap_of(). */
	smp_store_release(&pf->tap, reader);
unlock:
	mutex_unlock(&pf->lock);
	return ret;
}

static int ioctl_timeout(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_timeout timeout;

	if (copy_from_user(&timeout, arg, sizeof(timeout)))
		return -EFAULT;
	return pciem_wait_set_timeout(ep, &timeout);
}

static int ioctl_complete(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_complete complete;

	if (copy_from_user(&complete, arg, sizeof(complete)))
		return -EFAULT;
	pciem_consumer_note(ep);
	return pciem_complete_read(ep, &complete);
}

static int ioctl_irq(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_irq irq;
	struct pciem_fn *fn;

	if (copy_from_user(&irq, arg, sizeof(irq)))
		return -EFAULT;
	if (irq.reserved)
		return -EINVAL;
	fn = function_of(ep, irq.function);
	if (IS_ERR(fn))
		return PTR_ERR(fn);
	switch (irq.flags) {
	case 0:
		return pciem_irq_raise(fn, irq.vector, true);
	case PCIEM_IRQ_ASSERT:
	case PCIEM_IRQ_DEASSERT:
		return irq.vector ? -EINVAL :
				    pciem_intx_set(fn, irq.flags == PCIEM_IRQ_ASSERT);
	default:
		return -EINVAL;
	}
}

static int ioctl_irqfd(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_irqfd irqfd;
	struct pciem_fn *fn;

	if (copy_from_user(&irqfd, arg, sizeof(irqfd)))
		return -EFAULT;
	fn = function_of(ep, irqfd.function);
	return IS_ERR(fn) ? PTR_ERR(fn) : pciem_irqfd(fn, &irqfd);
}

static int ioctl_dma(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_dma dma;
	struct pciem_fn *fn;
	int ret;

	if (copy_from_user(&dma, arg, sizeof(dma)))
		return -EFAULT;
	if (dma.reserved)
		return -EINVAL;
	fn = function_of(ep, dma.function);
	if (IS_ERR(fn))
		return PTR_ERR(fn);
	ret = pciem_dma_transfer(fn, &dma);
	if (!ret && copy_to_user(arg, &dma, sizeof(dma)))
		ret = -EFAULT;
	return ret;
}

static int ioctl_atomic(struct pciem_endpoint *ep, void __user *arg)
{
	struct pciem_dma_atomic atomic;
	struct pciem_fn *fn;
	int ret;

	if (copy_from_user(&atomic, arg, sizeof(atomic)))
		return -EFAULT;
	fn = function_of(ep, atomic.function);
	if (IS_ERR(fn))
		return PTR_ERR(fn);
	ret = pciem_dma_atomic(fn, &atomic);
	if (!ret && copy_to_user(arg, &atomic, sizeof(atomic)))
		ret = -EFAULT;
	return ret;
}

static int ioctl_mark(struct pciem_file *pf, void __user *arg)
{
	struct pciem_tap_reader *tap = tap_of(pf);
	struct pciem_endpoint *ep = tap ? pciem_tap_endpoint(tap) : endpoint_of(pf);
	struct pciem_mark mark;
	void *text;

	if (!ep)
		return -ENOTCONN;
	if (copy_from_user(&mark, arg, sizeof(mark)))
		return -EFAULT;
	if (!mark.length || mark.length > MARK_MAX || mark.kind > PCIEM_MARK_ERROR)
		return -EINVAL;
	text = memdup_user(u64_to_user_ptr(mark.text), mark.length);
	if (IS_ERR(text))
		return PTR_ERR(text);
	pciem_tap_event(ep, 0, PCIEM_EVENT_MARK, mark.kind, text, mark.length);
	kfree(text);
	return 0;
}

static int ioctl_stats(struct pciem_file *pf, void __user *arg)
{
	struct pciem_tap_reader *tap = tap_of(pf);
	struct pciem_endpoint *ep = tap ? pciem_tap_endpoint(tap) : endpoint_of(pf);
	struct pciem_stats stats;

	if (!ep)
		return -ENOTCONN;
	pciem_endpoint_stats(ep, &stats);
	return copy_to_user(arg, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long pciem_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct pciem_file *pf = file->private_data;
	struct pciem_endpoint *ep = endpoint_of(pf);
	void __user *arg = (void __user *)argument;

	switch (command) {
	case PCIEM_GET_API_VERSION:
		return PCIEM_API_VERSION;
	case PCIEM_CREATE:
		return ioctl_create(pf, arg);
	case PCIEM_TAP_ATTACH:
		return ioctl_tap(pf, arg);
	case PCIEM_GET_STATS:
		return ioctl_stats(pf, arg);
	case PCIEM_MARK:
		return ioctl_mark(pf, arg);
	}
	if (!ep)
		return -ENOTCONN;
	switch (command) {
	case PCIEM_PLUG:
		return pciem_endpoint_plug(ep);
	case PCIEM_UNPLUG:
		return pciem_endpoint_unplug(ep);
	case PCIEM_SET_TIMEOUT:
		return ioctl_timeout(ep, arg);
	case PCIEM_COMPLETE:
		return ioctl_complete(ep, arg);
	case PCIEM_RAISE_IRQ:
		return ioctl_irq(ep, arg);
	case PCIEM_IRQFD:
		return ioctl_irqfd(ep, arg);
	case PCIEM_DMA:
		return ioctl_dma(ep, arg);
	case PCIEM_DMA_ATOMIC:
		return ioctl_atomic(ep, arg);
	}
	return -ENOTTY;
}

static int map_space(struct pciem_endpoint *ep, struct vm_area_struct *vma, u64 index, u64 offset)
{
	unsigned int function = index / PCIEM_NUM_SPACES;
	struct pciem_register_space *space;

	if (function >= ep->num_functions || offset)
		return -EINVAL;
	space = &ep->fns[function].spaces[index % PCIEM_NUM_SPACES];
	if (!space->size || vma->vm_end - vma->vm_start > space->map_bytes)
		return -EINVAL;
	if (space->ram)
		return pciem_ram_mmap(space->ram, vma);
	return remap_vmalloc_range(vma, space->image, 0);
}

/* The pages outlive the endpoint while they are mapped: no reference needed. */
static int pciem_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct pciem_file *pf = file->private_data;
	struct pciem_tap_reader *tap = tap_of(pf);
	struct pciem_endpoint *ep = endpoint_of(pf);
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;

	if (tap)
		return offset == PCIEM_MMAP_RING ? pciem_tap_mmap(tap, vma) : -EINVAL;
	if (!ep)
		return -ENOTCONN;
	if (offset >= PCIEM_MMAP_DMA(0, 0))
		return pciem_dma_mmap(ep, file, vma);
	vma->vm_pgoff = 0;
	if (offset == PCIEM_MMAP_RING) {
		if (vma->vm_end - vma->vm_start > ep->ring_bytes)
			return -EINVAL;
		return remap_vmalloc_range(vma, ep->ring, 0);
	}
	if (offset < PCIEM_MMAP_SPACE(0, 0))
		return -EINVAL;
	offset -= PCIEM_MMAP_SPACE(0, 0);
	return map_space(ep, vma, offset >> 32, offset & U32_MAX);
}

static __poll_t pciem_poll(struct file *file, struct poll_table_struct *wait)
{
	struct pciem_file *pf = file->private_data;
	struct pciem_tap_reader *tap = tap_of(pf);
	struct pciem_endpoint *ep = endpoint_of(pf);

	if (tap)
		return pciem_tap_poll(tap, file, wait);
	if (!ep)
		return EPOLLERR;
	pciem_consumer_note(ep);
	poll_wait(file, &ep->poll_wait, wait);
	return pciem_ring_ready(ep) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations pciem_fops = {
	.owner = THIS_MODULE,
	.open = pciem_open,
	.release = pciem_release,
	.unlocked_ioctl = pciem_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = pciem_mmap,
	.poll = pciem_poll,
	.llseek = noop_llseek,
};

static struct miscdevice pciem_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pciem",
	.mode = 0600,
	.fops = &pciem_fops,
};

int pciem_chardev_init(void)
{
	return misc_register(&pciem_device);
}

void pciem_chardev_exit(void)
{
	misc_deregister(&pciem_device);
}
