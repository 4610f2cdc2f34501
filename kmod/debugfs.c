// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/pciem/endpoints: the counters of every endpoint, in the
 * words of struct pciem_stats.
 */
#include <linux/debugfs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>

#include "internal.h"

static struct dentry *directory;

static const char *const states[] = {
	[PCIEM_STATE_CREATED] = "created",
	[PCIEM_STATE_PLUGGING] = "plugging",
	[PCIEM_STATE_PLUGGED] = "plugged",
	[PCIEM_STATE_UNPLUGGED] = "unplugged",
};

#define COUNTER(name) { #name, offsetof(struct pciem_stats, name) }

static const struct {
	const char *name;
	size_t offset;
} counters[] = {
	COUNTER(reads),
	COUNTER(writes),
	COUNTER(forwarded),
	COUNTER(timeouts),
	COUNTER(late),
	COUNTER(stalls),
	COUNTER(lost),
	COUNTER(config_reads),
	COUNTER(config_writes),
	COUNTER(interrupts),
	COUNTER(interrupts_pending),
	COUNTER(interrupts_refused),
	COUNTER(dma_reads),
	COUNTER(dma_writes),
	COUNTER(dma_faults),
	COUNTER(unordered),
	COUNTER(undecoded),
	COUNTER(mappings),
};

static void show_endpoint(struct seq_file *seq, struct pciem_endpoint *ep)
{
	const char *state = READ_ONCE(ep->dead) ? "dead" : states[READ_ONCE(ep->state)];
	struct pciem_stats stats;
	unsigned int i;

	pciem_endpoint_stats(ep, &stats);
	seq_printf(seq, "endpoint %u\n  name %s\n  domain %x\n  state %s\n", ep->id, ep->name,
		   pciem_bus_domain(ep), state);
	seq_printf(seq, "  functions %u\n  ring_used %u\n  ring_entries %u\n", ep->num_functions,
		   READ_ONCE(ep->ring_head) - READ_ONCE(ep->ring->tail), ep->ring_entries);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		seq_printf(seq, "  %s %llu\n", counters[i].name,
			   *(u64 *)((u8 *)&stats + counters[i].offset));
}

static int endpoints_show(struct seq_file *seq, void *data)
{
	unsigned int slot;

	rcu_read_lock();
	for (slot = 0; slot < PCIEM_MAX_ENDPOINTS; slot++) {
		struct pciem_endpoint *ep = pciem_endpoint_at(slot);

		/* Freed only after a grace period. */
		if (ep)
			show_endpoint(seq, ep);
	}
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(endpoints);

void pciem_debugfs_init(void)
{
	directory = debugfs_create_dir("pciem", NULL);
	debugfs_create_file("endpoints", 0400, directory, NULL, &endpoints_fops);
}

void pciem_debugfs_exit(void)
{
	debugfs_remove_recursive(directory);
}
