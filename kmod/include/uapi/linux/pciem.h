/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * pciem: PCI Express endpoints implemented in user space.
 *
 * One open file of /dev/pciem is one endpoint slot (PCIEM_CREATE) or one tap
 * of a running endpoint (PCIEM_TAP_ATTACH). All values are in host byte order
 * unless a comment says otherwise. Every reserved field must be zero.
 */
#ifndef _UAPI_LINUX_PCIEM_H
#define _UAPI_LINUX_PCIEM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** PCIEM_API_VERSION - raised when user space has to change to keep working. */
#define PCIEM_API_VERSION	2

#define PCIEM_MAX_FUNCTIONS	8
#define PCIEM_MAX_ENDPOINTS	64
/* Forwarded reads outstanding at a time, one tag each. */
#define PCIEM_MAX_TAGS		64
#define PCIEM_NAME_LENGTH	32

/**
 * enum pciem_space - register spaces of a function
 * @PCIEM_SPACE_BAR0: BAR 0
 * @PCIEM_SPACE_BAR1: BAR 1
 * @PCIEM_SPACE_BAR2: BAR 2
 * @PCIEM_SPACE_BAR3: BAR 3
 * @PCIEM_SPACE_BAR4: BAR 4
 * @PCIEM_SPACE_BAR5: BAR 5
 * @PCIEM_SPACE_ROM: expansion ROM
 * @PCIEM_SPACE_CONFIG: configuration space, 4096 bytes
 * @PCIEM_SPACE_NONE: no register space: an address that no BAR claims
 */
enum pciem_space {
	PCIEM_SPACE_BAR0 = 0,
	PCIEM_SPACE_BAR1 = 1,
	PCIEM_SPACE_BAR2 = 2,
	PCIEM_SPACE_BAR3 = 3,
	PCIEM_SPACE_BAR4 = 4,
	PCIEM_SPACE_BAR5 = 5,
	PCIEM_SPACE_ROM = 6,
	PCIEM_SPACE_CONFIG = 7,
	PCIEM_SPACE_NONE = 255,
};

#define PCIEM_NUM_SPACES	8

/* struct pciem_bar.kind */
#define PCIEM_BAR_NONE		0
#define PCIEM_BAR_TRAPPED	1	/* no memory: every access is trapped */
#define PCIEM_BAR_RAM		2	/* real memory, mapped like a frame buffer */
#define PCIEM_BAR_IO		3	/* I/O space, trapped */

/* struct pciem_bar.flags */
#define PCIEM_BAR_64BIT		(1U << 0)
#define PCIEM_BAR_PREFETCH	(1U << 1)
#define PCIEM_BAR_CACHED	(1U << 2)

/* A BAR is at least a page; a trapped one at most PCIEM_BAR_MAX_SIZE bytes. */
#define PCIEM_BAR_MIN_SIZE	4096
#define PCIEM_BAR_MAX_SIZE	(16U << 20)
#define PCIEM_BAR_RAM_MAX_SIZE	(1U << 30)
/* In I/O space (PCIe 6.0 7.5.1.2.1). */
#define PCIEM_BAR_IO_MIN_SIZE	4
#define PCIEM_BAR_IO_MAX_SIZE	256

/**
 * struct pciem_bar - one base address register
 * @size: bytes, a power of two (PCIe 6.0 7.5.1.2.1); 0 if the BAR is absent
 * @kind: PCIEM_BAR_NONE, PCIEM_BAR_TRAPPED, PCIEM_BAR_RAM or PCIEM_BAR_IO
 * @flags: PCIEM_BAR_64BIT takes the next BAR's register too; PCIEM_BAR_PREFETCH;
 *	PCIEM_BAR_CACHED, only with PCIEM_BAR_RAM
 *
 * PCIEM_BAR_RAM is memory that the driver, user space (sysfs resource files, UIO,
 * DRM) and the device share, zeroed at PCIEM_CREATE; resets leave it alone.
 * Accesses to it are not trapped: neither the device nor taps see them, and they
 * work whatever COMMAND, the power state or the life of the device is. The driver
 * gets it uncached from ioremap() and write-combining from ioremap_wc(); all
 * other mappings, the device's included, are write-combining. With
 * PCIEM_BAR_CACHED all of them are write-back: much faster for a device that reads
 * what the driver has drawn, and no driver can tell the difference.
 *
 * PCIEM_BAR_IO is trapped for drivers that use pci_iomap() or ioport_map() and
 * ioread32() and its sisters. Port instructions (inb() and its sisters, and the
 * resource files in sysfs, which use them) cannot be trapped: they find nothing.
 */
struct pciem_bar {
	__u64 size;
	__u32 kind;
	__u32 flags;
};

/**
 * struct pciem_function - one function of an endpoint
 * @bars: BAR 0 to 5
 * @flags: must be zero
 * @rom_size: bytes of the expansion ROM, like a PCIEM_BAR_TRAPPED BAR; 0 if none
 * @reserved: must be zero
 */
struct pciem_function {
	struct pciem_bar bars[6];
	__u32 flags;
	__u32 rom_size;
	__u32 reserved[2];
};

/**
 * struct pciem_create - argument of PCIEM_CREATE
 * @num_functions: 1 to PCIEM_MAX_FUNCTIONS; function 0 always exists
 * @ring_entries: records in the ring, a power of two from 64 to 65536
 * @completion_timeout_us: how long a driver waits for the completion of a
 *	forwarded read, 50 to 64000000 (PCIe 6.0 7.5.3.16 allows 50 us to 64 s)
 * @flags: must be zero
 * @name: shown in messages and in the list of endpoints, NUL terminated
 * @functions: the functions, only the first @num_functions may be non-zero
 * @endpoint: out: the number of the endpoint, for PCIEM_TAP_ATTACH
 * @domain: out: the PCI domain in which the endpoint will appear, 00:00.x
 * @ring_bytes: out: the length to map at PCIEM_MMAP_RING
 * @reserved: must be zero
 */
struct pciem_create {
	__u32 num_functions;
	__u32 ring_entries;
	__u32 completion_timeout_us;
	__u32 flags;
	char name[PCIEM_NAME_LENGTH];
	struct pciem_function functions[PCIEM_MAX_FUNCTIONS];
	__u32 endpoint;
	__u32 domain;
	__u64 ring_bytes;
	__u64 reserved[4];
};

/**
 * struct pciem_timeout - argument of PCIEM_SET_TIMEOUT
 * @completion_timeout_us: as in struct pciem_create; 0 for none, as with Completion
 *	Timeout Disable (PCIe 6.0 7.5.3.16)
 * @reserved: must be zero
 *
 * Counts at once, also for drivers that wait already: those wait for the new
 * timeout, beginning now. Without a timeout a driver that sleeps in its access
 * waits until there is an answer, until the endpoint is closed, or until its
 * process is killed, which reads all-ones. A driver that cannot sleep waits half a
 * second at most, whatever the timeout is.
 */
struct pciem_timeout {
	__u32 completion_timeout_us;
	__u32 reserved;
};

/* Completion status (PCIe 6.0 2.2.9.1). */
#define PCIEM_CPL_SC		0
#define PCIEM_CPL_UR		1
#define PCIEM_CPL_CRS		2
#define PCIEM_CPL_CA		4

/**
 * struct pciem_complete - argument of PCIEM_COMPLETE
 * @seq: @seq of the PCIEM_RECORD_READ that is answered
 * @value: the data, in the low @size bytes of the request
 * @tag: tag of the record
 * @status: PCIEM_CPL_SC, _UR or _CA; other than SC the driver reads all-ones
 * @reserved: must be zero
 */
struct pciem_complete {
	__u64 seq;
	__u64 value;
	__u16 tag;
	__u16 status;
	__u32 reserved;
};

/* struct pciem_irq.flags (PCIe 6.0 2.2.8.1) */
#define PCIEM_IRQ_ASSERT	(1U << 0)
#define PCIEM_IRQ_DEASSERT	(1U << 1)

/**
 * struct pciem_irq - argument of PCIEM_RAISE_IRQ
 * @function: which function interrupts
 * @vector: MSI-X or MSI vector
 * @flags: 0 for a message; PCIEM_IRQ_ASSERT or PCIEM_IRQ_DEASSERT for the INTx
 *	line of the function, then @vector must be zero
 * @reserved: must be zero
 */
struct pciem_irq {
	__u32 function;
	__u32 vector;
	__u32 flags;
	__u32 reserved;
};

/* struct pciem_irqfd.flags */
#define PCIEM_IRQFD_DEASSIGN	(1U << 0)

/**
 * struct pciem_irqfd - argument of PCIEM_IRQFD
 * @function: which function interrupts
 * @vector: MSI-X or MSI vector raised when the eventfd is signalled
 * @fd: the eventfd
 * @flags: PCIEM_IRQFD_DEASSIGN ends what an earlier call with the same
 *	@function, @vector and @fd began
 */
struct pciem_irqfd {
	__u32 function;
	__u32 vector;
	__s32 fd;
	__u32 flags;
};

/* struct pciem_dma_op.flags */
#define PCIEM_DMA_WRITE		(1U << 0)	/* device to memory; else memory to device */

/**
 * enum pciem_dma_status - how one DMA access ended
 * @PCIEM_DMA_OK: all bytes were moved
 * @PCIEM_DMA_BUS_MASTER_OFF: COMMAND.BME is clear, or not in power state D0
 * @PCIEM_DMA_UNMAPPED: no live mapping holds the first byte not moved
 * @PCIEM_DMA_PAST_END: the access runs past the end of its mapping
 * @PCIEM_DMA_DIRECTION: the mapping does not allow this direction
 * @PCIEM_DMA_GONE: the function is not plugged, or is in reset
 * @PCIEM_DMA_UNSUPPORTED: an AtomicOp to another device's BAR
 */
enum pciem_dma_status {
	PCIEM_DMA_OK = 0,
	PCIEM_DMA_BUS_MASTER_OFF = 1,
	PCIEM_DMA_UNMAPPED = 2,
	PCIEM_DMA_PAST_END = 3,
	PCIEM_DMA_DIRECTION = 4,
	PCIEM_DMA_GONE = 5,
	PCIEM_DMA_UNSUPPORTED = 6,
};

/**
 * struct pciem_dma_op - one DMA access
 * @address: bus address
 * @buffer: address of the buffer in the calling process
 * @length: bytes, 1 to 16 MiB
 * @flags: PCIEM_DMA_WRITE
 * @status: out: enum pciem_dma_status
 * @done: out: bytes moved before the access ended
 */
struct pciem_dma_op {
	__u64 address;
	__u64 buffer;
	__u32 length;
	__u32 flags;
	__u32 status;
	__u32 done;
};

/**
 * enum pciem_atomic - AtomicOp requests (PCIe 6.0 6.15)
 * @PCIEM_ATOMIC_FETCH_ADD: adds the operand
 * @PCIEM_ATOMIC_SWAP: stores the operand
 * @PCIEM_ATOMIC_CAS: stores the operand if the value equals @compare
 */
enum pciem_atomic {
	PCIEM_ATOMIC_FETCH_ADD = 0,
	PCIEM_ATOMIC_SWAP = 1,
	PCIEM_ATOMIC_CAS = 2,
};

/**
 * struct pciem_dma_atomic - argument of PCIEM_DMA_ATOMIC
 * @address: bus address, a multiple of @size; the mapping must allow both
 *	directions
 * @operand: low half first; a 4-byte operand is in the low half of the first
 * @compare: the same, for PCIEM_ATOMIC_CAS, else zero
 * @result: out: the value before
 * @function: which function is the requester
 * @op: enum pciem_atomic
 * @size: 4 or 8 bytes; PCIEM_ATOMIC_CAS also 16
 * @status: out: enum pciem_dma_status
 * @reserved: must be zero
 *
 * Atomic with respect to the processors and to other AtomicOps, and little
 * endian, as PCIe 6.0 6.15.3 says of x86.
 */
struct pciem_dma_atomic {
	__u64 address;
	__u64 operand[2];
	__u64 compare[2];
	__u64 result[2];
	__u32 function;
	__u16 op;
	__u16 size;
	__u32 status;
	__u32 reserved;
};

/* struct pciem_dma_nearest.flags */
#define PCIEM_NEAREST_LIVE	(1U << 0)	/* else it has been unmapped */
#define PCIEM_NEAREST_COHERENT	(1U << 1)

/**
 * struct pciem_dma_nearest - data of a PCIEM_EVENT_DMA_FAULT
 * @address: bus address of the mapping that is nearest to what was accessed
 * @size: its bytes
 * @direction: 0 both, 1 the device may read, 2 the device may write
 * @flags: PCIEM_NEAREST_LIVE and following
 * @reserved: zero
 * @owner: who mapped it, as "function [module]", UTF-8, to the end of the data;
 *	empty if no tap was attached then
 *
 * Mappings that were removed lately count too. The event has no data if the
 * function has no mappings.
 */
struct pciem_dma_nearest {
	__u64 address;
	__u64 size;
	__u8 direction;
	__u8 flags;
	__u8 reserved[6];
	char owner[104];
};

/**
 * struct pciem_dma - argument of PCIEM_DMA
 * @ops: address of an array of struct pciem_dma_op
 * @count: entries, 1 to 1024; they are carried out in order
 * @function: which function is the requester
 * @failed: out: how many ended with a status other than PCIEM_DMA_OK
 * @reserved: must be zero
 */
struct pciem_dma {
	__u64 ops;
	__u32 count;
	__u32 function;
	__u32 failed;
	__u32 reserved;
};

/*
 * pciem_tap.flags: while the ring is more than three quarters full, DMA of the
 * device waits for room, each access for at most a second. The driver's accesses
 * never wait: they have the last quarter, and what does not fit there is lost.
 */
#define PCIEM_TAP_PACE		(1U << 0)
/*
 * pciem_tap.flags: events say who has caused them: see PCIEM_EVENT_CALLER. Costs a
 * few microseconds when a caller is seen for the first time, and little after that.
 */
#define PCIEM_TAP_CALLERS	(1U << 1)

/**
 * struct pciem_tap - argument of PCIEM_TAP_ATTACH
 * @endpoint: which endpoint
 * @flags: PCIEM_TAP_PACE, PCIEM_TAP_CALLERS
 * @bytes: size of the ring's data, a power of two from 64 KiB to 256 MiB
 * @snaplen: payload bytes kept of an event, 0 for all
 * @map_bytes: out: the length to map at PCIEM_MMAP_RING
 * @reserved: must be zero
 */
struct pciem_tap {
	__u32 endpoint;
	__u32 flags;
	__u32 bytes;
	__u32 snaplen;
	__u64 map_bytes;
	__u64 reserved;
};

/**
 * enum pciem_mark_kind - what a PCIEM_MARK event holds
 * @PCIEM_MARK_TEXT: a person's marker
 * @PCIEM_MARK_LOG: a line of the device's log
 * @PCIEM_MARK_ERROR: an error in the device
 */
enum pciem_mark_kind {
	PCIEM_MARK_TEXT = 0,
	PCIEM_MARK_LOG = 1,
	PCIEM_MARK_ERROR = 2,
};

/**
 * struct pciem_mark - argument of PCIEM_MARK
 * @text: address of the text, UTF-8, not terminated
 * @length: bytes, 1 to 4096
 * @kind: enum pciem_mark_kind
 */
struct pciem_mark {
	__u64 text;
	__u32 length;
	__u32 kind;
};

/**
 * struct pciem_stats - result of PCIEM_GET_STATS
 * @reads: driver reads of BARs
 * @writes: driver writes of BARs
 * @forwarded: reads forwarded to user space
 * @timeouts: forwarded reads that got no completion in time
 * @late: completions that came after the timeout, or for no read
 * @stalls: times that a driver waited for room in the ring
 * @lost: records lost because the ring stayed full
 * @config_reads: configuration reads
 * @config_writes: configuration writes
 * @interrupts: messages delivered
 * @interrupts_pending: messages held because of a mask
 * @interrupts_refused: messages refused: disabled, no such vector, BME clear
 * @dma_reads: DMA reads carried out
 * @dma_writes: DMA writes carried out
 * @dma_faults: DMA accesses refused
 * @unordered: plain reads that could not wait for earlier posted writes
 * @undecoded: driver instructions that could not be decoded
 * @mappings: live DMA mappings
 * @dma_atomics: AtomicOps carried out
 * @dma_stale: pages that the device worker has accessed through PCIEM_MMAP_DMA
 *	after the driver had freed them
 */
struct pciem_stats {
	__u64 reads;
	__u64 writes;
	__u64 forwarded;
	__u64 timeouts;
	__u64 late;
	__u64 stalls;
	__u64 lost;
	__u64 config_reads;
	__u64 config_writes;
	__u64 interrupts;
	__u64 interrupts_pending;
	__u64 interrupts_refused;
	__u64 dma_reads;
	__u64 dma_writes;
	__u64 dma_faults;
	__u64 unordered;
	__u64 undecoded;
	__u64 mappings;
	__u64 dma_atomics;
	__u64 dma_stale;
};

/* Any file: no state needed. Result: PCIEM_API_VERSION. */
#define PCIEM_GET_API_VERSION	_IO('p', 0xe0)
/* A fresh file: makes it an endpoint. */
#define PCIEM_CREATE		_IOWR('p', 0xe1, struct pciem_create)
/*
 * A created endpoint, spaces filled in: put it on the bus. Returns at once;
 * PCIEM_RECORD_PLUGGED follows when enumeration is done.
 */
#define PCIEM_PLUG		_IO('p', 0xe2)
/*
 * A plugged endpoint: orderly removal; the driver may still use the device.
 * Returns at once; PCIEM_RECORD_UNPLUGGED follows.
 */
#define PCIEM_UNPLUG		_IO('p', 0xe3)
/* A plugged endpoint: answer a forwarded read. -ESTALE if it timed out. */
#define PCIEM_COMPLETE		_IOW('p', 0xe4, struct pciem_complete)
/* A plugged endpoint: 0 delivered, 1 pending, -EPERM disabled, -EINVAL. */
#define PCIEM_RAISE_IRQ		_IOW('p', 0xe5, struct pciem_irq)
/* A plugged endpoint: DMA. 0 also if ops failed: see @failed. */
#define PCIEM_DMA		_IOWR('p', 0xe6, struct pciem_dma)
/* A fresh file: makes it a tap. */
#define PCIEM_TAP_ATTACH	_IOWR('p', 0xe7, struct pciem_tap)
/* An endpoint or a tap: a mark in every tap of the endpoint. */
#define PCIEM_MARK		_IOW('p', 0xe8, struct pciem_mark)
/* An endpoint or a tap. */
#define PCIEM_GET_STATS		_IOR('p', 0xe9, struct pciem_stats)
/* A plugged endpoint: an eventfd that raises a vector when it is signalled. */
#define PCIEM_IRQFD		_IOW('p', 0xea, struct pciem_irqfd)
/*
 * A plugged endpoint: an AtomicOp. 0 also if it was refused: see @status.
 * -EOPNOTSUPP if the processor has no 16-byte compare and swap.
 */
#define PCIEM_DMA_ATOMIC	_IOWR('p', 0xeb, struct pciem_dma_atomic)

/* A created endpoint: another completion timeout, or none. */
#define PCIEM_SET_TIMEOUT	_IOW('p', 0xec, struct pciem_timeout)

/*
 * mmap offsets. A register space is mapped as five tables of S bytes each (S: a
 * BAR's or ROM's size; 4096 for config), one after the other: image, write mask (1: the
 * driver's write is stored), write-1-to-clear mask, read-to-clear mask (cleared
 * after the read; or set, with PCIEM_BYTE_READ_SETS), and flags, PCIEM_BYTE_* of
 * each byte. Mapped length: 5 * S. All tables start zeroed. A PCIEM_BAR_RAM BAR has
 * no tables: its S bytes are mapped. The memory stays while it is mapped, even
 * after the file is closed.
 */
#define PCIEM_MMAP_RING		0ULL
#define PCIEM_MMAP_SPACE(function, space) \
	((1ULL + (function) * PCIEM_NUM_SPACES + (space)) << 32)
/*
 * Coherent memory of the driver, by the bus address of a page: all that is mapped
 * has to lie in one live mapping from dma_alloc_coherent(). The function's bus
 * mastering is not looked at, and taps see no access. Once the driver has freed
 * the memory, accesses find pages of zeroes that belong to nobody and are counted
 * in struct pciem_stats.dma_stale; an access that comes at the same moment may
 * still find the old memory, which is not given to anybody else meanwhile.
 */
#define PCIEM_MMAP_DMA(function, address) \
	((1ULL << 60) + ((function) * (1ULL << 48)) + (address))

/*
 * Flags of a byte of a register space. A flag counts for every access that
 * touches the byte: a dword read of four byte registers of which one is
 * forwarded is forwarded as a whole.
 */
#define PCIEM_BYTE_FORWARD	(1U << 0)	/* reads are answered by user space */
#define PCIEM_BYTE_NOTIFY	(1U << 1)	/* writes are told to user space */
/*
 * Reads answered from the image wait until user space has consumed every
 * record that was written before them (PCIe 6.0 2.4.1: a read does not pass a
 * posted write).
 */
#define PCIEM_BYTE_ORDERED	(1U << 2)
/* A read sets the bits of the read-to-clear mask instead of clearing them. */
#define PCIEM_BYTE_READ_SETS	(1U << 3)

/**
 * struct pciem_ring - first page of the ring mapping of an endpoint
 * @head: records produced, free running; written by the kernel
 * @pad0: keeps what each side writes in cache lines of its own; zero
 * @tail: records consumed, free running; written by user space, after the
 *	record's effects are visible
 * @need_wakeup: the next record wakes whoever sleeps in poll(); set by poll()
 *	itself, cleared by the kernel when it wakes and by user space when it is
 *	awake
 * @pad1: as @pad0
 * @entries: size of the ring
 * @pad2: zero
 * @lost: records lost
 *
 * Records follow at byte 4096; record n is at index n % @entries.
 */
struct pciem_ring {
	__u32 head;
	__u32 pad0[15];
	__u32 tail;
	__u32 need_wakeup;
	__u32 pad1[14];
	__u32 entries;
	__u32 pad2;
	__u64 lost;
};

/**
 * enum pciem_record_kind - what a ring record tells
 * @PCIEM_RECORD_WRITE: the driver wrote a register with PCIEM_BYTE_NOTIFY; the
 *	masks have been applied to the image already
 * @PCIEM_RECORD_READ: the driver reads a register with PCIEM_BYTE_FORWARD;
 *	answer with PCIEM_COMPLETE
 * @PCIEM_RECORD_RESET: value: enum pciem_reset
 * @PCIEM_RECORD_PLUGGED: value: 0, or an errno as a negative number
 * @PCIEM_RECORD_UNPLUGGED: the endpoint has left the bus
 * @PCIEM_RECORD_BOUND: a driver has bound to the function
 * @PCIEM_RECORD_UNBOUND: the driver has left the function
 * @PCIEM_RECORD_POWER: value: the power state that the driver has set, 0 for D0
 *	to 3 for D3hot (PCIe 6.0 7.5.2.2)
 */
enum pciem_record_kind {
	PCIEM_RECORD_WRITE = 1,
	PCIEM_RECORD_READ = 2,
	PCIEM_RECORD_RESET = 3,
	PCIEM_RECORD_PLUGGED = 4,
	PCIEM_RECORD_UNPLUGGED = 5,
	PCIEM_RECORD_BOUND = 6,
	PCIEM_RECORD_UNBOUND = 7,
	PCIEM_RECORD_POWER = 8,
};

/**
 * enum pciem_reset - kinds of reset
 * @PCIEM_RESET_FLR: function level reset (PCIe 6.0 6.6.2)
 * @PCIEM_RESET_BUS: reset of the slot, which takes the place of a secondary bus
 *	reset: each function gets a record
 * @PCIEM_RESET_D3: return from D3hot to D0 with No_Soft_Reset clear
 */
enum pciem_reset {
	PCIEM_RESET_FLR = 0,
	PCIEM_RESET_BUS = 1,
	PCIEM_RESET_D3 = 2,
};

/**
 * struct pciem_record - one entry of the ring, 64 bytes
 * @kind: enum pciem_record_kind
 * @function: function number
 * @space: enum pciem_space
 * @tag: PCIEM_RECORD_READ: for PCIEM_COMPLETE
 * @size: width of the access, 1, 2, 4 or 8 bytes
 * @flags: must be ignored
 * @offset: in the register space
 * @value: WRITE: the data as written, in the low @size bytes
 * @seq: sequence number of the event, the same as in taps
 * @time_ns: CLOCK_REALTIME
 * @reserved: zero
 */
struct pciem_record {
	__u16 kind;
	__u8 function;
	__u8 space;
	__u16 tag;
	__u8 size;
	__u8 flags;
	__u64 offset;
	__u64 value;
	__u64 seq;
	__u64 time_ns;
	__u64 reserved[3];
};

/**
 * struct pciem_tap_ring - first page of the ring mapping of a tap
 * @head: bytes produced, free running; written by the kernel
 * @pad0: keeps what each side writes in cache lines of its own; zero
 * @tail: bytes consumed, free running; written by user space
 * @need_wakeup: as in struct pciem_ring
 * @pad1: zero
 * @pad2: as @pad0
 * @bytes: size of the data
 * @lost: events lost since the tap was attached
 * @delivered: events delivered
 *
 * Data follows at byte 4096: struct pciem_event records, 8-byte aligned. A
 * record never wraps: one of kind PCIEM_EVENT_PAD fills the end of the data.
 */
struct pciem_tap_ring {
	__u64 head;
	__u64 pad0[7];
	__u64 tail;
	__u32 need_wakeup;
	__u32 pad1;
	__u64 pad2[6];
	__u64 bytes;
	__u64 lost;
	__u64 delivered;
};

/**
 * enum pciem_event_kind - what a tap event records
 * @PCIEM_EVENT_PAD: no event; skip @length bytes
 * @PCIEM_EVENT_CONFIG_READ: always completed; data: the value read
 * @PCIEM_EVENT_CONFIG_WRITE: always completed; data: the value written
 * @PCIEM_EVENT_MEM_READ: driver reads; data only with PCIEM_EVENT_COMPLETED
 * @PCIEM_EVENT_MEM_WRITE: driver writes; data: the value written
 * @PCIEM_EVENT_MEM_COMPLETION: completion of the MEM_READ @request_seq
 * @PCIEM_EVENT_DMA_READ: device reads memory; data: what it read
 * @PCIEM_EVENT_DMA_WRITE: device writes memory; data: what it wrote
 * @PCIEM_EVENT_DMA_FAULT: refused DMA; @status: enum pciem_dma_status, @vector:
 *	1 if it was a write; data: struct pciem_dma_nearest, or none
 * @PCIEM_EVENT_MSI: MSI or MSI-X message; @address; data: 4 bytes; @vector
 * @PCIEM_EVENT_RESET: @vector: enum pciem_reset
 * @PCIEM_EVENT_PLUG: the endpoint enters the bus
 * @PCIEM_EVENT_UNPLUG: the endpoint leaves the bus; @vector: 1 if by surprise
 * @PCIEM_EVENT_MARK: @vector: enum pciem_mark_kind; data: text
 * @PCIEM_EVENT_BOUND: a driver has bound; data: its name
 * @PCIEM_EVENT_UNBOUND: the driver has left
 * @PCIEM_EVENT_INTX: Assert_INTx (@vector 1) or Deassert_INTx (@vector 0)
 *	message; @tag: 0 for INTA to 3 for INTD
 * @PCIEM_EVENT_POWER: @vector: the new power state, 0 for D0 to 3 for D3hot
 * @PCIEM_EVENT_DMA_ATOMIC: AtomicOp; @vector: enum pciem_atomic; data: the value
 *	before, the operand and, for PCIEM_ATOMIC_CAS, what it was compared with,
 *	@data_length bytes each
 * @PCIEM_EVENT_CALLER: only in taps with PCIEM_TAP_CALLERS: @caller is from now on
 *	whom the data names, UTF-8; @vector: enum pciem_caller. No event of the
 *	endpoint: @seq is zero, and neither @lost nor any counter has to do with it
 */
enum pciem_event_kind {
	PCIEM_EVENT_PAD = 0,
	PCIEM_EVENT_CONFIG_READ = 1,
	PCIEM_EVENT_CONFIG_WRITE = 2,
	PCIEM_EVENT_MEM_READ = 3,
	PCIEM_EVENT_MEM_WRITE = 4,
	PCIEM_EVENT_MEM_COMPLETION = 5,
	PCIEM_EVENT_DMA_READ = 6,
	PCIEM_EVENT_DMA_WRITE = 7,
	PCIEM_EVENT_DMA_FAULT = 8,
	PCIEM_EVENT_MSI = 9,
	PCIEM_EVENT_RESET = 10,
	PCIEM_EVENT_PLUG = 11,
	PCIEM_EVENT_UNPLUG = 12,
	PCIEM_EVENT_MARK = 13,
	PCIEM_EVENT_BOUND = 14,
	PCIEM_EVENT_UNBOUND = 15,
	PCIEM_EVENT_INTX = 16,
	PCIEM_EVENT_POWER = 17,
	PCIEM_EVENT_DMA_ATOMIC = 18,
	PCIEM_EVENT_CALLER = 19,
};

/**
 * enum pciem_caller - what names the caller
 * @PCIEM_CALLER_FUNCTION: the kernel's: "function+0x1c/0x80 [module]", offset and
 *	size of the function; without "[module]" if it is built in
 * @PCIEM_CALLER_PROCESS: user space's, through a mapping: "name[pid]", the name as
 *	the process has chosen it, with "?" for what is not printable ASCII
 */
enum pciem_caller {
	PCIEM_CALLER_FUNCTION = 0,
	PCIEM_CALLER_PROCESS = 1,
};

/* struct pciem_event.flags */
#define PCIEM_EVENT_COMPLETED	(1U << 0)	/* holds request and completion */
#define PCIEM_EVENT_FORWARDED	(1U << 1)	/* answered by user space */
#define PCIEM_EVENT_TIMED_OUT	(1U << 2)	/* completion timeout: all-ones */
#define PCIEM_EVENT_TRUNCATED	(1U << 3)	/* data cut to the tap's snaplen */
#define PCIEM_EVENT_COHERENT	(1U << 4)	/* DMA hits coherent memory */
#define PCIEM_EVENT_MSIX_TABLE	(1U << 5)	/* access to MSI-X table or PBA */
#define PCIEM_EVENT_UNCLAIMED	(1U << 6)	/* no BAR claims it, or it is disabled */
#define PCIEM_EVENT_IO		(1U << 8)	/* MEM_*: in I/O space: IORd, IOWr */

/**
 * struct pciem_event - header of a tap record, 80 bytes, then data
 * @length: bytes to the next record, header and padding included; multiple of 8
 * @kind: enum pciem_event_kind
 * @flags: PCIEM_EVENT_COMPLETED and following
 * @seq: sequence number, one per event of the endpoint
 * @time_ns: CLOCK_REALTIME of the request; MEM_COMPLETION: of the completion
 * @address: bus address; config: register number
 * @offset: offset in the register space
 * @request_seq: MEM_COMPLETION: @seq of the request
 * @latency_ns: COMPLETED or MEM_COMPLETION: time from request to completion, or
 *	4294967295 if that is longer
 * @data_length: bytes of the access (which may be more than the data kept)
 * @function: function number
 * @space: enum pciem_space
 * @status: completion status, or enum pciem_dma_status for DMA_FAULT
 * @reserved0: zero
 * @tag: tag of requests by the root complex, unique among those outstanding
 * @vector: MSI: the vector; see the kinds
 * @lost: events that this tap lost just before this one
 * @kept_length: bytes of data that follow this header
 * @caller: CONFIG_*, MEM_READ and MEM_WRITE: who has caused it, as an earlier
 *	PCIEM_EVENT_CALLER has named it; 0 if not known, a device of another
 *	endpoint for example, and without PCIEM_TAP_CALLERS
 * @reserved1: zero
 */
struct pciem_event {
	__u32 length;
	__u16 kind;
	__u16 flags;
	__u64 seq;
	__u64 time_ns;
	__u64 address;
	__u64 offset;
	__u64 request_seq;
	__u32 latency_ns;
	__u32 data_length;
	__u8 function;
	__u8 space;
	__u8 status;
	__u8 reserved0;
	__u16 tag;
	__u16 vector;
	__u32 lost;
	__u32 kept_length;
	__u32 caller;
	__u32 reserved1;
};

#endif /* _UAPI_LINUX_PCIEM_H */
