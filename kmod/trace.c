// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every event of an endpoint, to the tracepoint that it belongs to.
 */
#define CREATE_TRACE_POINTS
#include "tracepoints.h"

/* The first bytes of the payload. */
static u64 value_of(const struct pciem_tap_entry *entry)
{
	u64 value = 0;

	memcpy(&value, entry->data, min_t(u32, entry->kept, sizeof(value)));
	return value;
}

/**
 * pciem_trace() - tell tracers of an event
 * @ep: endpoint, locked
 * @entry: the event, its sequence number filled in
 */
void pciem_trace(const struct pciem_endpoint *ep, const struct pciem_tap_entry *entry)
{
	const struct pciem_event *event = &entry->event;

	switch (event->kind) {
	case PCIEM_EVENT_MEM_READ:
	case PCIEM_EVENT_MEM_WRITE:
		if (trace_pciem_trap_enabled())
			trace_pciem_trap(ep, event, value_of(entry));
		break;
	case PCIEM_EVENT_MEM_COMPLETION:
		if (trace_pciem_completion_enabled())
			trace_pciem_completion(ep, event, value_of(entry));
		break;
	case PCIEM_EVENT_MSI:
	case PCIEM_EVENT_INTX:
		if (trace_pciem_irq_enabled())
			trace_pciem_irq(ep, event, value_of(entry));
		break;
	case PCIEM_EVENT_DMA_READ:
	case PCIEM_EVENT_DMA_WRITE:
		trace_pciem_dma(ep, event, event->kind == PCIEM_EVENT_DMA_WRITE);
		break;
	case PCIEM_EVENT_DMA_FAULT:
		trace_pciem_dma(ep, event, event->vector);
		break;
	}
}
