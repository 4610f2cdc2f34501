/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: what perf, ftrace and BPF see of an endpoint. Addresses are bus
 * addresses and offsets in BARs, never pointers of the kernel.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pciem

#if !defined(PCIEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PCIEM_TRACE_H

#include <linux/tracepoint.h>

#include "internal.h"

#define PCIEM_TRACE_STATUS(status) \
	__print_symbolic(status, { PCIEM_CPL_SC, "SC" }, { PCIEM_CPL_UR, "UR" }, \
			 { PCIEM_CPL_CRS, "CRS" }, { PCIEM_CPL_CA, "CA" })

#define PCIEM_TRACE_DMA_STATUS(status) \
	__print_symbolic(status, { PCIEM_DMA_OK, "ok" }, \
			 { PCIEM_DMA_BUS_MASTER_OFF, "bus master off" }, \
			 { PCIEM_DMA_UNMAPPED, "unmapped" }, \
			 { PCIEM_DMA_PAST_END, "past the end" }, \
			 { PCIEM_DMA_DIRECTION, "wrong direction" }, \
			 { PCIEM_DMA_GONE, "gone" })

/* A driver has accessed a BAR: a trap. */
TRACE_EVENT(pciem_trap,
	    TP_PROTO(const struct pciem_endpoint *ep, const struct pciem_event *event, u64 value),
	    TP_ARGS(ep, event, value),
	    TP_STRUCT__entry(__field(u32, domain)
			     __field(u8, function)
			     __field(u8, space)
			     __field(u8, status)
			     __field(bool, write)
			     __field(u16, flags)
			     __field(u32, size)
			     __field(u64, seq)
			     __field(u64, address)
			     __field(u64, offset)
			     __field(u64, value)),
	    TP_fast_assign(__entry->domain = pciem_bus_domain(ep);
			   __entry->function = event->function;
			   __entry->space = event->space;
			   __entry->status = event->status;
			   __entry->write = event->kind == PCIEM_EVENT_MEM_WRITE;
			   __entry->flags = event->flags;
			   __entry->size = event->data_length;
			   __entry->seq = event->seq;
			   __entry->address = event->address;
			   __entry->offset = event->offset;
			   __entry->value = value;),
	    TP_printk("%x:00:00.%u seq=%llu %s bar=%d offset=%#llx address=%#llx size=%u value=%#llx status=%s%s",
		      __entry->domain, __entry->function, __entry->seq,
		      __entry->write ? "write" : "read",
		      __entry->space == PCIEM_SPACE_NONE ? -1 : __entry->space,
		      __entry->offset, __entry->address, __entry->size, __entry->value,
		      PCIEM_TRACE_STATUS(__entry->status),
		      __entry->flags & PCIEM_EVENT_FORWARDED ? " forwarded" : "")
);

/* A forwarded read has its answer, or will not get it any more. */
TRACE_EVENT(pciem_completion,
	    TP_PROTO(const struct pciem_endpoint *ep, const struct pciem_event *event, u64 value),
	    TP_ARGS(ep, event, value),
	    TP_STRUCT__entry(__field(u32, domain)
			     __field(u8, function)
			     __field(u8, status)
			     __field(u16, tag)
			     __field(bool, timed_out)
			     __field(u32, latency)
			     __field(u64, request)
			     __field(u64, value)),
	    TP_fast_assign(__entry->domain = pciem_bus_domain(ep);
			   __entry->function = event->function;
			   __entry->status = event->status;
			   __entry->tag = event->tag;
			   __entry->timed_out = event->flags & PCIEM_EVENT_TIMED_OUT;
			   __entry->latency = event->latency_ns;
			   __entry->request = event->request_seq;
			   __entry->value = value;),
	    TP_printk("%x:00:00.%u request=%llu tag=%u value=%#llx latency=%uns status=%s",
		      __entry->domain, __entry->function, __entry->request, __entry->tag,
		      __entry->value, __entry->latency,
		      __entry->timed_out ? "timed out" : PCIEM_TRACE_STATUS(__entry->status))
);

/* The device has sent an MSI or MSI-X message, or changed its INTx line. */
TRACE_EVENT(pciem_irq,
	    TP_PROTO(const struct pciem_endpoint *ep, const struct pciem_event *event, u64 data),
	    TP_ARGS(ep, event, data),
	    TP_STRUCT__entry(__field(u32, domain)
			     __field(u8, function)
			     __field(bool, intx)
			     __field(u16, vector)
			     __field(u32, data)
			     __field(u64, seq)
			     __field(u64, address)),
	    TP_fast_assign(__entry->domain = pciem_bus_domain(ep);
			   __entry->function = event->function;
			   __entry->intx = event->kind == PCIEM_EVENT_INTX;
			   __entry->vector = event->vector;
			   __entry->data = data;
			   __entry->seq = event->seq;
			   __entry->address = event->address;),
	    TP_printk("%x:00:00.%u seq=%llu %s=%u address=%#llx data=%#x", __entry->domain,
		      __entry->function, __entry->seq, __entry->intx ? "intx" : "vector",
		      __entry->vector, __entry->address, __entry->data)
);

/* The device has accessed memory, or was refused. */
TRACE_EVENT(pciem_dma,
	    TP_PROTO(const struct pciem_endpoint *ep, const struct pciem_event *event, bool write),
	    TP_ARGS(ep, event, write),
	    TP_STRUCT__entry(__field(u32, domain)
			     __field(u8, function)
			     __field(u8, status)
			     __field(bool, write)
			     __field(u32, length)
			     __field(u64, seq)
			     __field(u64, address)),
	    TP_fast_assign(__entry->domain = pciem_bus_domain(ep);
			   __entry->function = event->function;
			   __entry->status = event->status;
			   __entry->write = write;
			   __entry->length = event->data_length;
			   __entry->seq = event->seq;
			   __entry->address = event->address;),
	    TP_printk("%x:00:00.%u seq=%llu %s address=%#llx length=%u status=%s", __entry->domain,
		      __entry->function, __entry->seq, __entry->write ? "write" : "read",
		      __entry->address, __entry->length, PCIEM_TRACE_DMA_STATUS(__entry->status))
);

#endif /* PCIEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tracepoints
#include <trace/define_trace.h>
