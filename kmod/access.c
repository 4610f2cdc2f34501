// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver accesses to BARs: who claims the address, what the answer is, and what
 * the ring and the taps are told.
 *
 * Everything that one access changes (image, sequence number, ring, taps) is
 * changed under endpoint.lock, so that all of them tell the same order.
 */
#include <linux/ktime.h>

#include "internal.h"

/* One access on its way: decoded cookie, what claims it, and who makes it. */
struct access {
	const struct pciem_context *context;
	struct pciem_endpoint *ep;
	struct pciem_fn *fn;
	struct pciem_register_space *space;
	unsigned int space_number;
	unsigned int size;
	u64 offset;
	u64 address;
};

static u64 ones(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (size * 8)) - 1;
}

static bool is_io(const struct access *access)
{
	return access->space_number < 6 &&
	       access->fn->bars[access->space_number].kind == PCIEM_BAR_IO;
}

/* A mapping may run past the end of its BAR into another one. */
static bool claim_by_address(struct access *access, u64 address)
{
	unsigned int bar;
	u64 offset;
	struct pciem_fn *fn = pciem_config_find_bar(access->ep, false, address, &bar, &offset);

	if (!fn)
		return false;
	access->fn = fn;
	access->space_number = bar;
	access->offset = offset;
	return true;
}

/*
 * Find out what a cookie means. Returns false if the endpoint is gone; the
 * caller is in an RCU read section or holds a reference.
 */
static bool resolve(struct access *access, u64 cookie, unsigned int size)
{
	struct pciem_endpoint *ep = pciem_endpoint_at((cookie >> 40) & (PCIEM_MAX_ENDPOINTS - 1));
	unsigned int function = (cookie >> 37) & 7;

	if (!ep || ep->id != ((cookie >> 40) & 0xffff) || function >= ep->num_functions)
		return false;
	access->ep = ep;
	access->fn = &ep->fns[function];
	access->space_number = (cookie >> 34) & 7;
	access->offset = cookie & (BIT_ULL(34) - 1);
	access->size = size;
	if (access->space_number < PCIEM_NUM_BAR_SPACES)
		access->address = pciem_config_bar_address(access->fn, access->space_number) +
				  access->offset;
	else
		access->address = access->offset;
	return true;
}

/* Does a BAR claim the access (PCIe 6.0 2.3.1: else Unsupported Request)? */
static bool claim(struct access *access)
{
	unsigned int number = access->space_number;

	if (number >= PCIEM_NUM_BAR_SPACES || !access->fn->spaces[number].size)
		return false;
	if (access->offset >= access->fn->spaces[number].size &&
	    (is_io(access) || !claim_by_address(access, access->address)))
		return false;
	access->space = &access->fn->spaces[access->space_number];
	if (access->offset + access->size > access->space->size)
		return false;
	return pciem_config_decodes(access->fn, access->space_number);
}

/* An event without data. */
static struct pciem_tap_entry entry_of(const struct access *access, u16 kind, u16 flags)
{
	return (struct pciem_tap_entry){
		.event = {
			.kind = kind,
			.flags = flags | (is_io(access) ? PCIEM_EVENT_IO : 0),
			.address = access->address,
			.offset = access->offset,
			.data_length = access->size,
			.function = access->fn->number,
			.space = access->space_number,
			/* Above the tags of forwarded reads, so never one of theirs. */
			.tag = 0xc0 | (raw_smp_processor_id() & 0x3f),
		},
		.caller = pciem_caller_of_access(access->ep, access->context),
	};
}

static struct pciem_record record_of(const struct access *access, u16 kind, u64 value, u64 seq)
{
	return (struct pciem_record){
		.kind = kind,
		.function = access->fn->number,
		.space = access->space_number,
		.size = access->size,
		.offset = access->offset,
		.value = value,
		.seq = seq,
		.time_ns = ktime_get_real_fast_ns(),
	};
}

static void unclaimed(struct access *access, u16 kind, u64 value)
{
	struct pciem_endpoint *ep = access->ep;
	bool read = kind == PCIEM_EVENT_MEM_READ;
	struct pciem_tap_entry entry = entry_of(access, kind, PCIEM_EVENT_UNCLAIMED |
						(read ? PCIEM_EVENT_COMPLETED : 0));
	unsigned long flags;

	entry.data = &value;
	entry.kept = read ? 0 : access->size;
	entry.event.space = PCIEM_SPACE_NONE;
	entry.event.status = PCIEM_CPL_UR;
	raw_spin_lock_irqsave(&ep->lock, flags);
	if (read)
		ep->stats.reads++;
	else
		ep->stats.writes++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

/* An access to real memory that came here all the same: from a device, or past a BAR's end. */
static void ram_access(struct access *access, bool write, void *data)
{
	struct pciem_endpoint *ep = access->ep;
	struct pciem_tap_entry entry =
		entry_of(access, write ? PCIEM_EVENT_MEM_WRITE : PCIEM_EVENT_MEM_READ,
			 write ? 0 : PCIEM_EVENT_COMPLETED);
	unsigned long flags;

	entry.data = data;
	entry.kept = access->size;
	raw_spin_lock_irqsave(&ep->lock, flags);
	pciem_ram_copy(access->space->ram, access->offset, data, access->size, write);
	if (write)
		ep->stats.writes++;
	else
		ep->stats.reads++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
}

static int plain_read(struct access *access, u8 byte_flags, u64 *value)
{
	struct pciem_endpoint *ep = access->ep;
	enum pciem_wait wait = access->context->wait;
	bool msix = pciem_msix_hit(access->fn, access->space_number, access->offset);
	struct pciem_tap_entry entry =
		entry_of(access, PCIEM_EVENT_MEM_READ,
			 PCIEM_EVENT_COMPLETED | (msix ? PCIEM_EVENT_MSIX_TABLE : 0));
	unsigned long flags;

	entry.data = value;
	entry.kept = access->size;
	if ((byte_flags & PCIEM_BYTE_ORDERED) && !msix) {
		u32 head = READ_ONCE(ep->ring_head);

		if (!pciem_ring_drained(ep, head)) {
			if (wait == PCIEM_WAIT_NONE)
				return -EAGAIN;
			if (wait == PCIEM_WAIT_SPIN)
				WRITE_ONCE(access->fn->waited_in_atomic, true);
			if (!pciem_wait_for_tail(ep, head, false, wait)) {
				raw_spin_lock_irqsave(&ep->lock, flags);
				ep->stats.unordered++;
				raw_spin_unlock_irqrestore(&ep->lock, flags);
			}
		}
	}

	raw_spin_lock_irqsave(&ep->lock, flags);
	if (msix) {
		u64 offset = access->offset;

		*value = pciem_msix_read(access->fn, access->space_number, offset & ~3ULL);
		if (access->size == 8)
			*value |= (u64)pciem_msix_read(access->fn, access->space_number,
						       offset + 4) << 32;
		*value = (*value >> ((offset & 3) * 8)) & ones(access->size);
	} else {
		*value = pciem_space_read(access->space, access->offset, access->size);
	}
	ep->stats.reads++;
	pciem_tap_push(ep, &entry);
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return 0;
}

static struct pciem_tag *tag_get(struct pciem_endpoint *ep)
{
	unsigned int i;

	for (i = 0; i < PCIEM_MAX_TAGS; i++)
		if (!ep->tags[i].busy)
			return &ep->tags[i];
	return NULL;
}

/* Ask user space. Returns NULL if tags or ring are used up. */
static struct pciem_tag *forward(struct access *access)
{
	struct pciem_endpoint *ep = access->ep;
	struct pciem_tap_entry entry =
		entry_of(access, PCIEM_EVENT_MEM_READ, PCIEM_EVENT_FORWARDED);
	struct pciem_record record;
	struct pciem_tag *tag;
	unsigned long flags;

	raw_spin_lock_irqsave(&ep->lock, flags);
	tag = pciem_ring_full(ep) ? NULL : tag_get(ep);
	if (tag) {
		entry.event.tag = tag - ep->tags;
		entry.event.time_ns = ktime_get_real_fast_ns();
		*tag = (struct pciem_tag){
			.seq = pciem_tap_push(ep, &entry),
			.time_ns = entry.event.time_ns,
			.busy = true,
			.function = access->fn->number,
			.space = access->space_number,
			.size = access->size,
			.io = is_io(access),
			.offset = access->offset,
			.address = access->address,
		};
		record = record_of(access, PCIEM_RECORD_READ, 0, tag->seq);
		record.tag = entry.event.tag;
		pciem_ring_push(ep, &record);
		ep->stats.reads++;
		ep->stats.forwarded++;
	}
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return tag;
}

static void push_completion(struct pciem_endpoint *ep, const struct pciem_tag *tag, u16 flags)
{
	u64 now = ktime_get_real_fast_ns();
	struct pciem_tap_entry entry = {
		.event = {
			.kind = PCIEM_EVENT_MEM_COMPLETION,
			.flags = PCIEM_EVENT_FORWARDED | flags | (tag->io ? PCIEM_EVENT_IO : 0),
			.time_ns = now,
			.address = tag->address,
			.offset = tag->offset,
			.request_seq = tag->seq,
			.latency_ns = min_t(u64, now - tag->time_ns, U32_MAX),
			.data_length = tag->size,
			.function = tag->function,
			.space = tag->space,
			.status = tag->status,
			.tag = tag - ep->tags,
		},
		.data = &tag->value,
	};

	if (!(flags & PCIEM_EVENT_TIMED_OUT) && tag->status == PCIEM_CPL_SC)
		entry.kept = tag->size;
	pciem_tap_push(ep, &entry);
}

static int forwarded_read(struct access *access, u64 *value)
{
	struct pciem_endpoint *ep = access->ep;
	struct pciem_waiter waiter;
	struct pciem_tag *tag;
	unsigned long flags;

	if (access->context->wait == PCIEM_WAIT_NONE)
		return -EAGAIN;
	*value = ones(access->size);
	pciem_wait_begin(&waiter, ep, access->context->wait);
	do {
		tag = forward(access);
	} while (!tag && pciem_wait_turn(&waiter));
	if (!tag) {
		raw_spin_lock_irqsave(&ep->lock, flags);
		ep->stats.lost++;
		raw_spin_unlock_irqrestore(&ep->lock, flags);
		return 0;
	}
	pciem_wait_for_tag(&waiter, tag);

	raw_spin_lock_irqsave(&ep->lock, flags);
	if (tag->done) {
		if (tag->status == PCIEM_CPL_SC)
			*value = tag->value & ones(access->size);
	} else {
		ep->stats.timeouts++;
		push_completion(ep, tag, PCIEM_EVENT_TIMED_OUT);
	}
	tag->busy = false;
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	return 0;
}

/**
 * pciem_complete_read() - user space answers a forwarded read
 * @ep: endpoint
 * @complete: which read, and the answer
 *
 * Return: 0, -EINVAL, or -ESTALE if the driver no longer waits for it.
 */
int pciem_complete_read(struct pciem_endpoint *ep, const struct pciem_complete *complete)
{
	struct pciem_tag *tag;
	unsigned long flags;
	int ret = 0;

	if (complete->tag >= PCIEM_MAX_TAGS || complete->reserved ||
	    (complete->status != PCIEM_CPL_SC && complete->status != PCIEM_CPL_UR &&
	     complete->status != PCIEM_CPL_CA))
		return -EINVAL;

	tag = &ep->tags[complete->tag];
	raw_spin_lock_irqsave(&ep->lock, flags);
	if (!tag->busy || tag->done || tag->seq != complete->seq) {
		ep->stats.late++;
		ret = -ESTALE;
	} else {
		tag->value = complete->value;
		tag->status = complete->status;
		push_completion(ep, tag, 0);
		/* Value and status first: tag_done(). */
		smp_store_release(&tag->done, true);
	}
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (!ret)
		wake_up_all(&ep->tag_wait);
	return ret;
}

static int claimed_write(struct access *access, u64 value)
{
	struct pciem_endpoint *ep = access->ep;
	struct pciem_fn *fn = access->fn;
	enum pciem_wait wait = access->context->wait;
	bool msix = pciem_msix_hit(fn, access->space_number, access->offset);
	u8 byte_flags = msix ? 0 : pciem_space_flags(access->space, access->offset, access->size);
	bool notify = byte_flags & PCIEM_BYTE_NOTIFY;
	struct pciem_tap_entry entry =
		entry_of(access, PCIEM_EVENT_MEM_WRITE, msix ? PCIEM_EVENT_MSIX_TABLE : 0);
	struct pciem_record record;
	unsigned long flags;
	bool waited = false;

	entry.data = &value;
	entry.kept = access->size;
again:
	raw_spin_lock_irqsave(&ep->lock, flags);
	if (notify && pciem_ring_full(ep) && !waited) {
		/* Out of flow-control credits: the driver's write waits. */
		if (wait == PCIEM_WAIT_NONE) {
			raw_spin_unlock_irqrestore(&ep->lock, flags);
			return -EAGAIN;
		}
		ep->stats.stalls++;
		raw_spin_unlock_irqrestore(&ep->lock, flags);
		waited = !pciem_wait_for_tail(ep, 0, true, wait);
		goto again;
	}
	if (msix) {
		unsigned int shift = (access->offset & 3) * 8;
		u64 offset = access->offset & ~3ULL;

		pciem_msix_write(fn, access->space_number, offset, (u32)value << shift,
				 (u32)(ones(min(access->size, 4U)) << shift));
		if (access->size == 8)
			pciem_msix_write(fn, access->space_number, offset + 4, value >> 32, ~0U);
	} else {
		pciem_space_write(access->space, access->offset, access->size, value);
	}
	ep->stats.writes++;
	pciem_tap_push(ep, &entry);
	if (notify) {
		record = record_of(access, PCIEM_RECORD_WRITE, value, ep->seq);
		if (pciem_ring_full(ep)) {
			ep->stats.lost++;
			WRITE_ONCE(ep->ring->lost, ep->stats.lost);
		} else {
			pciem_ring_push(ep, &record);
		}
	}
	raw_spin_unlock_irqrestore(&ep->lock, flags);
	if (notify)
		pciem_ring_wake(ep);
	if (msix)
		pciem_irq_unmasked(fn);
	return 0;
}

static int read_resolved(struct access *access, u64 *value)
{
	u8 flags;

	*value = ones(access->size);
	if (READ_ONCE(access->ep->dead) || !READ_ONCE(access->ep->visible))
		return 0;
	if (!claim(access)) {
		unclaimed(access, PCIEM_EVENT_MEM_READ, 0);
		return 0;
	}
	if (access->space->ram) {
		*value = 0;
		ram_access(access, false, value);
		return 0;
	}
	flags = pciem_space_flags(access->space, access->offset, access->size);
	if ((flags & PCIEM_BYTE_FORWARD) &&
	    !pciem_msix_hit(access->fn, access->space_number, access->offset))
		return forwarded_read(access, value);
	return plain_read(access, flags, value);
}

static int write_resolved(struct access *access, u64 value)
{
	if (READ_ONCE(access->ep->dead) || !READ_ONCE(access->ep->visible))
		return 0;
	if (!claim(access)) {
		unclaimed(access, PCIEM_EVENT_MEM_WRITE, value);
		return 0;
	}
	if (access->space->ram) {
		ram_access(access, true, &value);
		return 0;
	}
	return claimed_write(access, value);
}

static int perform(struct access *access, bool write, u64 *value)
{
	return write ? write_resolved(access, *value) : read_resolved(access, value);
}

/* An access that may sleep needs a reference; the others an RCU read section. */
static int enter(const struct pciem_context *context, u64 cookie, unsigned int size, bool write,
		 u64 *value)
{
	struct access access = { .context = context };
	bool sleeps = false;
	int ret = 0;

	rcu_read_lock();
	if (resolve(&access, cookie, size)) {
		if (context->wait != PCIEM_WAIT_SLEEP)
			ret = perform(&access, write, value);
		else
			sleeps = kref_get_unless_zero(&access.ep->kref);
	}
	rcu_read_unlock();
	if (sleeps) {
		ret = perform(&access, write, value);
		pciem_endpoint_put(access.ep);
	}
	return ret;
}

/**
 * pciem_access_read() - a driver reads
 * @context: who, and what to do if the answer has to be waited for
 * @cookie: address, as the driver has it
 * @size: 1, 2, 4 or 8 bytes
 * @value: the answer, zero extended; all-ones if nobody answers
 *
 * Return: 0, or -EAGAIN with PCIEM_WAIT_NONE; then nothing has happened yet.
 */
int pciem_access_read(const struct pciem_context *context, u64 cookie, unsigned int size,
		      u64 *value)
{
	*value = ones(size);
	return enter(context, cookie, size, false, value);
}

/**
 * pciem_access_write() - a driver writes
 * @context: who, and what to do if there is no room in the ring
 * @cookie: address, as the driver has it
 * @size: 1, 2, 4 or 8 bytes
 * @value: the data
 *
 * Return: 0, or -EAGAIN with PCIEM_WAIT_NONE; then nothing has happened yet.
 */
int pciem_access_write(const struct pciem_context *context, u64 cookie, unsigned int size,
		       u64 value)
{
	value &= ones(size);
	return enter(context, cookie, size, true, &value);
}

/* An instruction that the decoder refuses: counted with the endpoint it hit. */
void pciem_count_undecoded(u64 cookie)
{
	struct access access;
	unsigned long flags;

	rcu_read_lock();
	if (resolve(&access, cookie, 1)) {
		raw_spin_lock_irqsave(&access.ep->lock, flags);
		access.ep->stats.undecoded++;
		raw_spin_unlock_irqrestore(&access.ep->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * pciem_cookie_ram() - the memory behind a cookie
 * @cookie: cookie
 * @offset: out: offset in the memory
 *
 * Return: the memory, or NULL; valid in the RCU read section of the caller.
 */
struct pciem_ram *pciem_cookie_ram(u64 cookie, u64 *offset)
{
	struct access access;

	if (!resolve(&access, cookie, 1) || access.space_number >= 6)
		return NULL;
	*offset = access.offset;
	return access.fn->spaces[access.space_number].ram;
}

/* A device is no caller that has a name. */
static const struct pciem_context peer_context = { .wait = PCIEM_WAIT_SLEEP };

/* A page at most of another device's memory, in one go. False if it is none. */
static bool peer_memory(u64 cookie, void *data, u32 length, bool write)
{
	struct access access = { .context = &peer_context };
	bool done = false;

	rcu_read_lock();
	if (resolve(&access, cookie, length) && !READ_ONCE(access.ep->dead) &&
	    READ_ONCE(access.ep->visible) && claim(&access) && access.space->ram) {
		ram_access(&access, write, data);
		done = true;
	}
	rcu_read_unlock();
	return done;
}

/**
 * pciem_access_peer() - a device accesses the BAR of another one
 * @address: CPU address in a window of the other one
 * @data: from where or to where
 * @length: bytes, at most a page
 * @write: to the BAR
 *
 * As a driver would: in naturally aligned pieces of up to 8 bytes, unless it is
 * memory. Reads that nobody answers give all-ones. May sleep.
 */
void pciem_access_peer(u64 address, void *data, u32 length, bool write)
{
	u64 cookie = pciem_cookie_at(address);

	if (!write)
		memset(data, 0xff, length);
	if (!cookie || peer_memory(cookie, data, length, write))
		return;
	while (length) {
		u32 align = address & 7 ? 1U << __ffs(address & 7) : 8;
		u32 size = min(align, 1U << __fls(length));
		u64 value = 0;

		cookie = pciem_cookie_at(address);
		if (cookie && write) {
			memcpy(&value, data, size);
			pciem_access_write(&peer_context, cookie, size, value);
		} else if (cookie) {
			pciem_access_read(&peer_context, cookie, size, &value);
			memcpy(data, &value, size);
		}
		address += size;
		data += size;
		length -= size;
	}
}
