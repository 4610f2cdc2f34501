// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts by eventfd: whoever signals it raises the vector, without the
 * device worker.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "internal.h"

#define IRQFDS_MAX	4096

struct irqfd {
	struct list_head node;
	struct pciem_fn *fn;
	unsigned int vector;
	struct eventfd_ctx *eventfd;
	wait_queue_entry_t wait;
	poll_table table;
};

/* Called with the lock of the eventfd held. */
static int signalled(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		pciem_irq_raise(irqfd->fn, irqfd->vector, false);
	}
	return 0;
}

static void queue_proc(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	add_wait_queue_priority(head, &container_of(table, struct irqfd, table)->wait);
}

static void irqfd_free(struct irqfd *irqfd)
{
	u64 count;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static struct irqfd *find(struct pciem_endpoint *ep, struct pciem_fn *fn, unsigned int vector,
			  struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	list_for_each_entry(irqfd, &ep->irqfds, node)
		if (irqfd->fn == fn && irqfd->vector == vector && irqfd->eventfd == eventfd)
			return irqfd;
	return NULL;
}

static int assign(struct pciem_endpoint *ep, struct pciem_fn *fn, unsigned int vector,
		  struct file *file, struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	if (find(ep, fn, vector, eventfd))
		return -EBUSY;
	if (ep->num_irqfds >= IRQFDS_MAX)
		return -ENOSPC;
	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (!irqfd)
		return -ENOMEM;
	irqfd->fn = fn;
	irqfd->vector = vector;
	irqfd->eventfd = eventfd;
	init_waitqueue_func_entry(&irqfd->wait, signalled);
	init_poll_funcptr(&irqfd->table, queue_proc);
	list_add_tail(&irqfd->node, &ep->irqfds);
	ep->num_irqfds++;
	/* What was signalled before counts too. */
	if (vfs_poll(file, &irqfd->table) & EPOLLIN)
		pciem_irq_raise(fn, vector, true);
	return 0;
}

static int deassign(struct pciem_endpoint *ep, struct pciem_fn *fn, unsigned int vector,
		    struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd = find(ep, fn, vector, eventfd);

	if (!irqfd)
		return -ENOENT;
	list_del(&irqfd->node);
	ep->num_irqfds--;
	irqfd_free(irqfd);
	return 0;
}

/**
 * pciem_irqfd() - begin or end to raise a vector when an eventfd is signalled
 * @fn: function
 * @arg: vector, eventfd and flags
 *
 * Return: 0, -EINVAL, -EBADF, -EBUSY if it is so already, -ENOSPC, -ENOMEM, or
 * -ENOENT if there is nothing to end.
 */
int pciem_irqfd(struct pciem_fn *fn, const struct pciem_irqfd *arg)
{
	struct pciem_endpoint *ep = fn->endpoint;
	struct eventfd_ctx *eventfd;
	struct file *file;
	int ret;

	if (arg->flags & ~PCIEM_IRQFD_DEASSIGN || arg->vector >= PCIEM_MAX_MSIX)
		return -EINVAL;
	file = fget(arg->fd);
	if (!file)
		return -EBADF;
	eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(eventfd)) {
		fput(file);
		return PTR_ERR(eventfd);
	}
	mutex_lock(&ep->state_lock);
	if (arg->flags & PCIEM_IRQFD_DEASSIGN)
		ret = deassign(ep, fn, arg->vector, eventfd);
	else
		ret = assign(ep, fn, arg->vector, file, eventfd);
	mutex_unlock(&ep->state_lock);
	/* An assigned one keeps the reference. */
	if (ret || arg->flags & PCIEM_IRQFD_DEASSIGN)
		eventfd_ctx_put(eventfd);
	fput(file);
	return ret;
}

/* The owner is gone. */
void pciem_irqfd_release(struct pciem_endpoint *ep)
{
	struct irqfd *irqfd, *next;

	list_for_each_entry_safe(irqfd, next, &ep->irqfds, node)
		irqfd_free(irqfd);
	INIT_LIST_HEAD(&ep->irqfds);
}
