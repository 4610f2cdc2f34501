/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pciem: PCI Express endpoints implemented in user space.
 *
 * Words:
 * endpoint - one device on its own virtual root bus, with 1 to 8 functions;
 *	lives as long as its file is open, plus the time that its removal takes
 * space - a register space: config space or a BAR, as an image plus masks
 * cookie - what ioremap() gives a driver for a trapped BAR: a non-canonical
 *	address, so that every access raises an exception
 * trap - one driver access, caught by that exception
 * record - what the device worker in user space gets through the ring
 * event - what taps get: everything that happens on the virtual link
 *
 * Locks, outermost first: endpoint.state_lock (mutex, the way to the first
 * plug), function.dma_lock (mappings), endpoint.lock (raw: ring, taps, tags, MSI-X
 * tables, sequence numbers; taken in config accessors and irq_chip callbacks).
 */
#ifndef PCIEM_INTERNAL_H
#define PCIEM_INTERNAL_H

#include <linux/dma-direction.h>
#include <linux/hrtimer.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pci_hotplug.h>
#include <linux/rbtree.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/pci.h>

#include <linux/pciem.h>

#define PCIEM_CONFIG_SIZE	4096
/* BARs and expansion ROM: the spaces that have an address. */
#define PCIEM_NUM_BAR_SPACES	7

struct pt_regs;
struct pciem_endpoint;

/**
 * struct pciem_register_space - config space or a BAR
 * @size: bytes; 0 if absent
 * @map_bytes: length of the allocation and of the mapping
 * @image: what a read returns
 * @write_mask: bits that a write stores
 * @w1c_mask: bits that a written one clears
 * @rc_mask: bits that a read clears, or sets
 * @flags: PCIEM_BYTE_* of each byte
 * @ram: a BAR of real memory: then there are no tables
 *
 * All tables are shared with user space and may change at any moment.
 */
struct pciem_register_space {
	u64 size;
	u64 map_bytes;
	u8 *image;
	u8 *write_mask;
	u8 *w1c_mask;
	u8 *rc_mask;
	u8 *flags;
	struct pciem_ram *ram;
};

/**
 * struct pciem_vector - one interrupt vector that Linux has allocated
 * @virq: Linux interrupt number, 0 if free
 * @cpu: where it is to be handled
 * @csd: carries it to that CPU, for handlers that never wait
 * @work: carries it to that CPU, for all others
 */
struct pciem_vector {
	unsigned int virq;
	unsigned int cpu;
	call_single_data_t csd;
	struct work_struct work;
};

struct pciem_msix_entry {
	u32 address_low;
	u32 address_high;
	u32 data;
	u32 control;
};

#define PCIEM_MAX_MSIX	2048

/**
 * struct pciem_intx - the INTx line of a function
 * @vector: where its level is handled; virq 0 without a pin
 * @pin: 1 for INTA to 4 for INTD, 0 for none
 * @asserted: the device drives it
 * @masked: Linux does not want to hear of it
 * @head: what user space has to have consumed before the level counts again
 * @unmasked_ns: since when that is waited for
 * @timer: looks again
 */
struct pciem_intx {
	struct pciem_vector vector;
	u8 pin;
	bool asserted;
	bool masked;
	u32 head;
	u64 unmasked_ns;
	struct hrtimer timer;
};

/**
 * struct pciem_msix - MSI-X of a function (PCIe 6.0 7.7.2)
 * @cap: offset of the capability in config space, 0 if absent
 * @count: table size
 * @bar: space that holds table and PBA
 * @pba_bar: space that holds the PBA
 * @table: offset of the table
 * @pba: offset of the pending bit array
 * @entries: the table
 * @pending: the PBA, a bit for each vector
 */
struct pciem_msix {
	u16 cap;
	u16 count;
	u8 bar;
	u8 pba_bar;
	u32 table;
	u32 pba;
	struct pciem_msix_entry *entries;
	unsigned long *pending;
};

/* Return addresses kept of a mapping, and mappings kept after they have gone. */
#define PCIEM_CALLERS		5
#define PCIEM_PAST_MAPPINGS	32

/**
 * struct pciem_mapping - a DMA mapping
 * @node: in pciem_fn.mappings
 * @address: bus address
 * @size: bytes
 * @kernel: where it is
 * @peer: instead of @kernel: CPU address in a BAR of one of our devices
 * @direction: what the driver allows
 * @coherent: from dma_alloc_coherent()
 * @callers: who mapped it, if a tap was there to be told
 */
struct pciem_mapping {
	struct rb_node node;
	u64 address;
	u64 size;
	void *kernel;
	u64 peer;
	enum dma_data_direction direction;
	bool coherent;
	unsigned long callers[PCIEM_CALLERS];
};

/**
 * struct pciem_fn - one function
 * @endpoint: its endpoint
 * @number: function number
 * @bars: as given at creation
 * @spaces: register spaces by enum pciem_space
 * @pdev: set while the function is on the bus
 * @config_reset: copy of config space at plug, restored by a reset
 * @msix: MSI-X state
 * @msi_cap: offset of the MSI capability, 0 if absent
 * @msi_pending: pending vectors of MSI
 * @intx: INTx line
 * @pm_cap: offset of the power management capability, 0 if absent
 * @pcie_cap: offset of the PCI Express capability, 0 if absent
 * @vectors: vectors that Linux has allocated, by message data
 * @num_vectors: entries of @vectors
 * @has_forwarded: a BAR has forwarded registers
 * @waited_in_atomic: the driver has waited for user space where it cannot sleep
 * @dma_lock: guards the members after it
 * @mappings: live DMA mappings by bus address
 * @num_mappings: how many
 * @iova_next: where the search for a free bus address begins
 * @past: mappings that have been removed lately
 * @past_next: the oldest of them, modulo PCIEM_PAST_MAPPINGS
 */
struct pciem_fn {
	struct pciem_endpoint *endpoint;
	u8 number;
	struct pciem_bar bars[6];
	struct pciem_register_space spaces[PCIEM_NUM_SPACES];
	struct pci_dev *pdev;
	u8 *config_reset;

	struct pciem_msix msix;
	u16 msi_cap;
	u32 msi_pending;
	struct pciem_intx intx;
	u16 pm_cap;
	u16 pcie_cap;
	struct pciem_vector *vectors;
	unsigned int num_vectors;

	bool has_forwarded;
	bool waited_in_atomic;

	spinlock_t dma_lock;	/* the members after it; see the top */
	struct rb_root mappings;
	unsigned int num_mappings;
	u64 iova_next;
	struct pciem_mapping past[PCIEM_PAST_MAPPINGS];
	unsigned int past_next;
};

/**
 * struct pciem_tag - a forwarded read
 * @seq: sequence number of the request
 * @time_ns: when it was made
 * @value: the answer
 * @status: completion status
 * @busy: in use
 * @done: @value and @status are valid
 * @function: which function was read
 * @space: which space
 * @size: bytes
 * @io: in I/O space
 * @offset: in the space
 * @address: bus address
 */
struct pciem_tag {
	u64 seq;
	u64 time_ns;
	u64 value;
	u16 status;
	bool busy;
	bool done;
	u8 function;
	u8 space;
	u8 size;
	bool io;
	u64 offset;
	u64 address;
};

enum pciem_state {
	PCIEM_STATE_CREATED,
	PCIEM_STATE_PLUGGING,
	PCIEM_STATE_PLUGGED,
	PCIEM_STATE_UNPLUGGED,
};

/**
 * struct pciem_window - addresses for BARs
 * @resource: CPU addresses, or ports
 * @offset: CPU address minus bus address
 * @claimed: @resource is in the resource tree
 */
struct pciem_window {
	struct resource resource;
	u64 offset;
	bool claimed;
};

enum { PCIEM_WINDOW_32, PCIEM_WINDOW_64, PCIEM_WINDOW_IO, PCIEM_NUM_WINDOWS };

/*
 * One device.
 *
 * References: the file, every tap, every mapping of its memory, its work items,
 * every driver that waits in an access.
 */
struct pciem_endpoint {
	struct kref kref;
	u16 id;
	unsigned int slot;
	char name[PCIEM_NAME_LENGTH];
	unsigned int num_functions;
	struct pciem_fn *fns;

	struct mutex state_lock;	/* the way to the first plug; irqfds */
	struct list_head irqfds;
	unsigned int num_irqfds;
	enum pciem_state state;
	bool unplug_wanted;
	/* The owner is gone: all-ones to the driver, from now on. */
	bool dead;
	/* On the bus: config accesses are answered. */
	bool visible;

	raw_spinlock_t lock;
	u64 seq;
	struct list_head taps;
	/* Taps with PCIEM_TAP_PACE, PCIEM_TAP_CALLERS; change under lock, read without. */
	unsigned int pacing_taps;
	unsigned int caller_taps;
	struct pciem_stats stats;

	struct pciem_ring *ring;
	struct pciem_record *records;
	unsigned long ring_bytes;
	u32 ring_head;
	u32 ring_entries;
	/* Nothing was consumed for a whole completion timeout at this tail. */
	bool stuck;
	u32 stuck_tail;
	/* The same of accesses that spin: see wait.c. */
	bool spun_out;
	u32 spun_tail;
	wait_queue_head_t poll_wait;
	call_single_data_t wake_csd;

	/* The task that consumes records, and how it is moved: consumer.c. */
	struct task_struct *consumer;
	struct work_struct nudge_work;
	unsigned int nudge_cpu;

	/* Completion timeout, 0 for none, and since when it has been that: wait.c. */
	u64 timeout_ns;
	u64 timeout_since;
	struct pciem_tag tags[PCIEM_MAX_TAGS];
	wait_queue_head_t tag_wait;

	/* Where its file is mapped, and what takes freed memory out of there: dma_mmap.c. */
	struct inode *inode;
	struct work_struct unmap_work;

	struct work_struct life_cycle_work;
	struct rcu_work free_work;

	/* The virtual host bridge. */
	struct pci_sysdata sysdata;
	struct pciem_window windows[PCIEM_NUM_WINDOWS];
	struct resource bus_numbers;
	struct pci_host_bridge *bridge;
	struct hotplug_slot hotplug_slot;
	bool has_hotplug_slot;
	struct fwnode_handle *msi_fwnode;
	struct irq_domain *msi_domain;
};

/* endpoint.c */
struct pciem_endpoint *pciem_endpoint_create(struct pciem_create *create);
void pciem_endpoint_get(struct pciem_endpoint *ep);
void pciem_endpoint_put(struct pciem_endpoint *ep);
int pciem_endpoint_plug(struct pciem_endpoint *ep);
int pciem_endpoint_unplug(struct pciem_endpoint *ep);
void pciem_endpoint_kill(struct pciem_endpoint *ep);
void pciem_endpoint_stats(struct pciem_endpoint *ep, struct pciem_stats *stats);
struct pciem_endpoint *pciem_endpoint_find(u16 id);
struct pciem_endpoint *pciem_endpoint_at(unsigned int slot);
int pciem_endpoint_init(void);
void pciem_endpoint_exit(void);

/* chardev.c */
int pciem_chardev_init(void);
void pciem_chardev_exit(void);

/* space.c */
int pciem_space_alloc(struct pciem_register_space *space, u64 size);
void pciem_space_free(struct pciem_register_space *space);
u64 pciem_space_read(struct pciem_register_space *space, u64 offset, unsigned int size);
void pciem_space_write(struct pciem_register_space *space, u64 offset, unsigned int size,
		       u64 value);
void pciem_space_change(struct pciem_register_space *space, u64 offset, u32 set, u32 clear);
u8 pciem_space_flags(struct pciem_register_space *space, u64 offset, unsigned int size);

/* ram.c: BARs of real memory */
struct pciem_ram *pciem_ram_alloc(u64 size, bool cached);
void pciem_ram_get(struct pciem_ram *ram);
void pciem_ram_put(struct pciem_ram *ram);
struct page *pciem_ram_page(struct pciem_ram *ram, u64 offset);
int pciem_ram_mmap(struct pciem_ram *ram, struct vm_area_struct *vma);
pgprot_t pciem_ram_protection(const struct pciem_ram *ram, pgprot_t wanted);
void pciem_ram_copy(struct pciem_ram *ram, u64 offset, void *data, u32 length, bool write);
void __iomem *pciem_ram_ioremap(struct pciem_ram *ram, u64 offset, u64 size, pgprot_t wanted);
bool pciem_ram_is_mapped(unsigned long address);
void pciem_ram_iounmap(unsigned long address);

/* access.c: driver accesses to BARs */
enum pciem_wait {
	PCIEM_WAIT_NONE,	/* -EAGAIN instead of waiting */
	PCIEM_WAIT_SPIN,
	PCIEM_WAIT_SLEEP,
};

/**
 * struct pciem_context - whose access is carried out
 * @wait: whether it may wait
 * @user: user space's; the members from @start on are for it only
 * @ip: the instruction; 0 if a device accesses another one
 * @start: where the mapping of the BAR begins
 * @end: where it ends
 * @base: CPU address behind @start
 * @missing: out: where -EFAULT came from
 */
struct pciem_context {
	enum pciem_wait wait;
	bool user;
	u64 ip;
	u64 start;
	u64 end;
	u64 base;
	u64 missing;
};

int pciem_access_read(const struct pciem_context *context, u64 cookie, unsigned int size,
		      u64 *value);
int pciem_access_write(const struct pciem_context *context, u64 cookie, unsigned int size,
		       u64 value);
void pciem_access_peer(u64 address, void *data, u32 length, bool write);
int pciem_complete_read(struct pciem_endpoint *ep, const struct pciem_complete *complete);
void pciem_count_undecoded(u64 cookie);
struct pciem_ram *pciem_cookie_ram(u64 cookie, u64 *offset);

/* wait.c */
/**
 * struct pciem_waiter - an access that waits for user space
 * @ep: endpoint
 * @wait: how
 * @start: since when
 * @nudge: when to get the worker off this CPU
 */
struct pciem_waiter {
	struct pciem_endpoint *ep;
	enum pciem_wait wait;
	u64 start;
	u64 nudge;
};

void pciem_wait_begin(struct pciem_waiter *waiter, struct pciem_endpoint *ep,
		      enum pciem_wait wait);
bool pciem_wait_turn(struct pciem_waiter *waiter);
bool pciem_wait_for_tail(struct pciem_endpoint *ep, u32 head, bool room, enum pciem_wait wait);
void pciem_wait_for_tag(struct pciem_waiter *waiter, const struct pciem_tag *tag);
bool pciem_wait_valid_timeout(u32 timeout_us);
int pciem_wait_set_timeout(struct pciem_endpoint *ep, const struct pciem_timeout *arg);

/*
 * A cookie: bits 63:56 0x5a (non-canonical with 4 and 5 level page tables),
 * 55:40 endpoint id, 39:37 function, 36:34 space, 33:0 offset. Ids are not
 * reused for long, so that a stale mapping does not hit the next device.
 */
#define PCIEM_COOKIE_TOP	0x5aULL

static inline bool pciem_is_cookie(u64 address)
{
	return address >> 56 == PCIEM_COOKIE_TOP;
}

static inline u64 pciem_cookie(u16 id, unsigned int function, unsigned int space, u64 offset)
{
	return PCIEM_COOKIE_TOP << 56 | (u64)id << 40 | (u64)function << 37 |
	       (u64)space << 34 | offset;
}

/* config.c */
int pciem_config_parse(struct pciem_fn *fn);
u32 pciem_config_read(struct pciem_fn *fn, unsigned int offset, unsigned int size);
void pciem_config_write(struct pciem_fn *fn, unsigned int offset, unsigned int size, u32 value);
u64 pciem_config_bar_address(struct pciem_fn *fn, unsigned int bar);
struct pciem_fn *pciem_config_find_bar(struct pciem_endpoint *ep, bool io, u64 address,
				       unsigned int *bar, u64 *offset);
bool pciem_config_decodes(struct pciem_fn *fn, unsigned int space);
void pciem_config_reset(struct pciem_endpoint *ep);

static inline u16 pciem_config_get16(struct pciem_fn *fn, unsigned int offset)
{
	return READ_ONCE(*(u16 *)(fn->spaces[PCIEM_SPACE_CONFIG].image + offset));
}

static inline u32 pciem_config_get32(struct pciem_fn *fn, unsigned int offset)
{
	return READ_ONCE(*(u32 *)(fn->spaces[PCIEM_SPACE_CONFIG].image + offset));
}

static inline bool pciem_config_command(struct pciem_fn *fn, u16 bit)
{
	return pciem_config_get16(fn, PCI_COMMAND) & bit;
}

bool pciem_config_awake(struct pciem_fn *fn);

/* bus.c */
int pciem_bus_add(struct pciem_endpoint *ep);
void pciem_bus_remove(struct pciem_endpoint *ep);
u32 pciem_bus_domain(const struct pciem_endpoint *ep);
int pciem_bus_init(void);
void pciem_bus_exit(void);
struct pciem_fn *pciem_fn_of(struct device *dev);

/* slot.c: the hotplug slot; optional */
void pciem_slot_add(struct pciem_endpoint *ep);
void pciem_slot_remove(struct pciem_endpoint *ep);

/* ring.c: endpoint.lock held unless it says otherwise */
int pciem_ring_alloc(struct pciem_endpoint *ep, u32 entries);
void pciem_ring_free(struct pciem_endpoint *ep);
bool pciem_ring_full(struct pciem_endpoint *ep);
bool pciem_ring_drained(struct pciem_endpoint *ep, u32 head);
void pciem_ring_push(struct pciem_endpoint *ep, const struct pciem_record *record);
void pciem_ring_notify(struct pciem_fn *fn, u16 kind, u64 value);
/* Without the lock, after a push. */
void pciem_ring_wake(struct pciem_endpoint *ep);
bool pciem_ring_ready(struct pciem_endpoint *ep);

/* consumer.c */
void pciem_consumer_init(struct pciem_endpoint *ep);
void pciem_consumer_free(struct pciem_endpoint *ep);
void pciem_consumer_note(struct pciem_endpoint *ep);
bool pciem_consumer_is_current(const struct pciem_endpoint *ep);
void pciem_consumer_nudge(struct pciem_endpoint *ep);

/* tap.c */
struct pciem_tap_reader;
struct pciem_tap_reader *pciem_tap_attach(struct pciem_tap *tap);
void pciem_tap_detach(struct pciem_tap_reader *reader);
struct pciem_endpoint *pciem_tap_endpoint(struct pciem_tap_reader *reader);
void pciem_tap_pace(struct pciem_endpoint *ep);
int pciem_tap_mmap(struct pciem_tap_reader *reader, struct vm_area_struct *vma);
__poll_t pciem_tap_poll(struct pciem_tap_reader *reader, struct file *file,
			struct poll_table_struct *wait);

/**
 * struct pciem_tap_entry - an event on its way to the taps
 * @event: header; seq, length, lost and kept_length are filled in
 * @data: payload, NULL if none
 * @kept: payload bytes
 * @caller: key of whoever has caused it, 0 if not known: caller.c
 */
struct pciem_tap_entry {
	struct pciem_event event;
	const void *data;
	u32 kept;
	u64 caller;
};

/* Gives the event the next sequence number; endpoint.lock held. */
u64 pciem_tap_push(struct pciem_endpoint *ep, struct pciem_tap_entry *entry);
/* caller.c */
#define PCIEM_CALLER_TEXT	128

struct pciem_callers;

u64 pciem_caller_of_access(const struct pciem_endpoint *ep, const struct pciem_context *context);
u64 pciem_caller_here(const struct pciem_endpoint *ep);
struct pciem_callers *pciem_callers_alloc(void);
void pciem_callers_free(struct pciem_callers *callers);
u32 pciem_caller_find(struct pciem_callers *callers, u64 key);
u32 pciem_caller_add(struct pciem_callers *callers, u64 key);
unsigned int pciem_caller_name(u64 key, char *text, u16 *kind);
int pciem_caller_init(void);
void pciem_caller_exit(void);

/* trace.c; endpoint.lock held */
void pciem_trace(const struct pciem_endpoint *ep, const struct pciem_tap_entry *entry);

/* debugfs.c */
void pciem_debugfs_init(void);
void pciem_debugfs_exit(void);

/* tap.c, takes the lock: an event that belongs to nothing else. */
void pciem_tap_event(struct pciem_endpoint *ep, unsigned int function, u16 kind, u16 vector,
		     const void *data, u32 length);

/*
 * Messages: the address is in the range that x86 uses, one for each endpoint; the
 * data is the function in bits 13:11 and the vector in bits 10:0.
 */
#define PCIEM_MESSAGE_VECTOR	0x7ffU
#define PCIEM_MESSAGE_DATA_MAX	(PCIEM_MAX_FUNCTIONS << 11)

static inline u32 pciem_message_address(const struct pciem_endpoint *ep)
{
	return 0xfee00000 | ep->slot << 12;
}

static inline u32 pciem_message_data(const struct pciem_fn *fn, unsigned int vector)
{
	return fn->number << 11 | vector;
}

/* msi_domain.c */
int pciem_irq_add(struct pciem_endpoint *ep);
void pciem_irq_remove(struct pciem_endpoint *ep);
int pciem_vector_set_affinity(struct irq_data *data, const struct cpumask *mask, bool force);

/* irq.c */
int pciem_irq_alloc(struct pciem_fn *fn);
void pciem_irq_free(struct pciem_fn *fn);
void pciem_irq_reset(struct pciem_fn *fn);
int pciem_irq_raise(struct pciem_fn *fn, unsigned int vector, bool direct);
void pciem_irq_unmasked(struct pciem_fn *fn);
bool pciem_msix_hit(struct pciem_fn *fn, unsigned int space, u64 offset);
u32 pciem_msix_read(struct pciem_fn *fn, unsigned int space, u64 offset);
void pciem_msix_write(struct pciem_fn *fn, unsigned int space, u64 offset, u32 value, u32 mask);

void pciem_vector_init(struct pciem_vector *vector);
void pciem_vector_deliver(struct pciem_fn *fn, struct pciem_vector *vector, bool direct);
void pciem_flush_calls(void);
void pciem_vector_flush(struct pciem_vector *vector);

/* irqfd.c */
int pciem_irqfd(struct pciem_fn *fn, const struct pciem_irqfd *arg);
void pciem_irqfd_release(struct pciem_endpoint *ep);

/* intx.c */
int pciem_intx_alloc(struct pciem_fn *fn);
void pciem_intx_free(struct pciem_fn *fn);
int pciem_intx_map(const struct pci_dev *dev, u8 slot, u8 pin);
int pciem_intx_set(struct pciem_fn *fn, bool assert);
void pciem_intx_command(struct pciem_fn *fn, u16 before);
void pciem_intx_reset(struct pciem_fn *fn);

/* mapping.c: what the device may reach */
dma_addr_t pciem_mapping_add(struct device *dev, const struct pciem_mapping *wanted, u64 mask);
void pciem_mapping_remove(struct device *dev, dma_addr_t address);
struct pciem_mapping *pciem_mapping_find(struct pciem_fn *fn, u64 address);
u32 pciem_mapping_nearest(struct pciem_fn *fn, u64 address, u64 length,
			  struct pciem_dma_nearest *nearest);
void pciem_mapping_release(struct pciem_fn *fn);
int pciem_mapping_init(void);
void pciem_mapping_exit(void);

/* dma_ops.c: what the driver asks for */
extern const struct dma_map_ops pciem_dma_ops;

/* dma.c: what the device moves */
int pciem_dma_transfer(struct pciem_fn *fn, struct pciem_dma *dma);
enum pciem_dma_status pciem_dma_check(struct pciem_fn *fn, u64 address, u32 length,
				      enum dma_data_direction direction,
				      struct pciem_mapping **found);
void pciem_dma_fault(struct pciem_fn *fn, u64 address, u32 length, u8 status, bool write);

/* dma_atomic.c: AtomicOps */
int pciem_dma_atomic(struct pciem_fn *fn, struct pciem_dma_atomic *atomic);

/* dma_mmap.c: coherent memory mapped by the device worker */
int pciem_dma_mmap(struct pciem_endpoint *ep, struct file *file, struct vm_area_struct *vma);
void pciem_dma_mmap_init(struct pciem_endpoint *ep);
void pciem_dma_mmap_freed(struct pciem_fn *fn);
void pciem_dma_mmap_release(struct pciem_endpoint *ep);

/* remap.c */
u64 pciem_cookie_at(u64 address);
u64 pciem_cookie_at_port(u64 port);
struct pciem_ram *pciem_ram_at(u64 address, u64 *offset);
int pciem_remap_init(void);
void pciem_remap_exit(void);

/* trap.c */
int pciem_trap_init(void);
void pciem_trap_exit(void);

/* emulate.c */
int pciem_emulate(struct pt_regs *regs, struct pciem_context *context);

/* user.c: BARs that user space has mapped */
int pciem_user_remap(struct vm_area_struct *vma, unsigned long address, unsigned long pfn,
		     unsigned long size, pgprot_t protection);
vm_fault_t pciem_user_insert(struct vm_area_struct *vma, unsigned long address,
			     unsigned long pfn);
vm_fault_t pciem_user_insert_prot(struct vm_area_struct *vma, unsigned long address,
				  unsigned long pfn, pgprot_t protection);
vm_fault_t pciem_user_insert_huge(void);

/* thunk.S */
void pciem_thunk(void);
void pciem_thunk_run(struct pt_regs *regs, void *slot);

#endif /* PCIEM_INTERNAL_H */
