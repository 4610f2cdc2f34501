// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register spaces: an image and the masks that say what an access does to it.
 *
 * The tables are shared with user space. Every dword changes by compare and
 * exchange, so that a device that sets a status bit and a driver that clears
 * another one never undo each other, without a lock across the boundary.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define SPACE_TABLES	5

int pciem_space_alloc(struct pciem_register_space *space, u64 size)
{
	space->map_bytes = PAGE_ALIGN(SPACE_TABLES * size);
	space->image = vmalloc_user(space->map_bytes);
	if (!space->image)
		return -ENOMEM;
	space->size = size;
	space->write_mask = space->image + size;
	space->w1c_mask = space->write_mask + size;
	space->rc_mask = space->w1c_mask + size;
	space->flags = space->rc_mask + size;
	return 0;
}

void pciem_space_free(struct pciem_register_space *space)
{
	if (space->ram)
		pciem_ram_put(space->ram);
	space->ram = NULL;
	vfree(space->image);
	space->image = NULL;
	space->size = 0;
}

static u32 byte_mask(unsigned int shift, unsigned int size)
{
	return (u32)((1ULL << (size * 8)) - 1) << shift;
}

/* All bits of the bytes of a dword that have PCIEM_BYTE_READ_SETS. */
static u32 read_sets(struct pciem_register_space *space, u64 offset)
{
	u32 flags = READ_ONCE(*(u32 *)(space->flags + offset));

	return ((flags / PCIEM_BYTE_READ_SETS) & 0x01010101) * 0xff;
}

static u32 read_dword(struct pciem_register_space *space, u64 offset, u32 mask)
{
	u32 *cell = (u32 *)(space->image + offset);
	u32 change = READ_ONCE(*(u32 *)(space->rc_mask + offset)) & mask;
	u32 set = change & read_sets(space, offset);
	u32 clear = change & ~set;
	u32 old = READ_ONCE(*cell);

	while ((old & clear) || (~old & set)) {
		u32 seen = cmpxchg(cell, old, (old & ~clear) | set);

		if (seen == old)
			break;
		old = seen;
	}
	return old;
}

static void write_dword(struct pciem_register_space *space, u64 offset, u32 mask, u32 value)
{
	u32 *cell = (u32 *)(space->image + offset);
	u32 store = READ_ONCE(*(u32 *)(space->write_mask + offset)) & mask;
	u32 clear = READ_ONCE(*(u32 *)(space->w1c_mask + offset)) & mask & value;
	u32 old = READ_ONCE(*cell);

	if (!(store | clear))
		return;
	for (;;) {
		u32 new = ((old & ~store) | (value & store)) & ~clear;
		u32 seen = cmpxchg(cell, old, new);

		if (seen == old)
			return;
		old = seen;
	}
}

/**
 * pciem_space_read() - what a read returns, with its side effects
 * @space: register space
 * @offset: byte offset; need not be aligned
 * @size: 1 to 8 bytes, inside the space
 *
 * Return: the value, zero extended.
 */
u64 pciem_space_read(struct pciem_register_space *space, u64 offset, unsigned int size)
{
	unsigned int done = 0;
	u64 value = 0;

	while (done < size) {
		unsigned int shift = (offset & 3) * 8;
		unsigned int part = min_t(unsigned int, size - done, 4 - (offset & 3));
		u32 mask = byte_mask(shift, part);

		value |= (u64)((read_dword(space, offset & ~3ULL, mask) & mask) >> shift) <<
			 (done * 8);
		done += part;
		offset += part;
	}
	return value;
}

/**
 * pciem_space_write() - a write through the masks
 * @space: register space
 * @offset: byte offset; need not be aligned
 * @size: 1 to 8 bytes, inside the space
 * @value: the data
 */
void pciem_space_write(struct pciem_register_space *space, u64 offset, unsigned int size,
		       u64 value)
{
	while (size) {
		unsigned int shift = (offset & 3) * 8;
		unsigned int part = min_t(unsigned int, size, 4 - (offset & 3));

		write_dword(space, offset & ~3ULL, byte_mask(shift, part), (u32)value << shift);
		size -= part;
		offset += part;
		value >>= part * 8;
	}
}

/**
 * pciem_space_change() - the module itself changes a register
 * @space: register space
 * @offset: byte offset of the dword
 * @set: bits to set
 * @clear: bits to clear
 */
void pciem_space_change(struct pciem_register_space *space, u64 offset, u32 set, u32 clear)
{
	u32 *cell = (u32 *)(space->image + offset);
	u32 old = READ_ONCE(*cell);

	for (;;) {
		u32 seen = cmpxchg(cell, old, (old & ~clear) | set);

		if (seen == old)
			return;
		old = seen;
	}
}

/**
 * pciem_space_flags() - flags of all bytes that an access touches
 * @space: register space
 * @offset: byte offset
 * @size: bytes, inside the space
 *
 * Return: PCIEM_BYTE_* of every byte touched, or-ed.
 */
u8 pciem_space_flags(struct pciem_register_space *space, u64 offset, unsigned int size)
{
	const u8 *byte = space->flags + offset;
	u8 flags = 0;

	while (size--)
		flags |= READ_ONCE(*byte++);
	return flags;
}
