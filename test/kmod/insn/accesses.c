// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to memory as drivers and compilers write them. Compiled by several
 * compilers with several options, and run by trap.c on memory that traps.
 */
#include "accesses.h"

#define ARITHMETIC(type) \
	static u64 type##_arithmetic(volatile void *memory, u64 value) \
	{ \
		volatile type *m = memory; \
		type v = (type)value, sum = 0; \
		m[0] = v; \
		m[1] = 0x5a; \
		m[2] += v; \
		m[3] -= 3; \
		m[4] |= v; \
		m[5] &= 0x71; \
		m[6] ^= v; \
		m[7]++; \
		--m[8]; \
		m[9] = ~m[9]; \
		m[10] = -m[10]; \
		m[11] *= v; \
		m[12] <<= 3; \
		m[13] >>= 1; \
		m[14] <<= v & 7; \
		m[15] >>= v & 7; \
		m[16] = m[17] * 5; \
		sum += m[18]; \
		sum -= m[19]; \
		sum ^= m[20] | m[21]; \
		sum &= m[22]; \
		m[23] = m[24]++; \
		m[25] = v > sum; \
		m[26] = m[27] == v; \
		return (u64)sum + m[value % 64]; \
	} \
	static u64 type##_decisions(volatile void *memory, u64 value) \
	{ \
		volatile type *m = memory; \
		type v = (type)value; \
		u64 sum = 0; \
		if (m[0] == v) \
			sum += 1; \
		if (m[1] < v) \
			sum += 2; \
		if (m[2] & 0x10) \
			sum += 4; \
		if (m[3] & v) \
			sum += 8; \
		if (!m[4]) \
			sum += 16; \
		if (m[5] > 100) \
			sum += 32; \
		sum += m[6] ? value : 7; \
		v = value & 1 ? m[7] : v; \
		while (m[8] & 7) \
			m[8]--; \
		return sum + v; \
	} \
	static u64 type##_extension(volatile void *memory, u64 value) \
	{ \
		volatile type *m = memory; \
		u16 narrow = m[0]; \
		s32 medium = m[1]; \
		s64 wide = m[2]; \
		u8 byte = m[3]; \
		m[4] = (type)(value >> 8); \
		m[value & 15] = (type)value; \
		return narrow + (u64)medium * 3 + (u64)wide * 5 + byte + \
		       (u64)(s64)(s8)m[value >> 2 & 15] + (u64)(s64)(s16)m[6]; \
	}

#define ATOMICS(type) \
	static u64 type##_atomics(volatile void *memory, u64 value) \
	{ \
		volatile type *m = memory; \
		type v = (type)value, expected = m[1]; \
		u64 sum = __atomic_fetch_add(&m[0], v, __ATOMIC_SEQ_CST); \
		sum += __atomic_compare_exchange_n(&m[1], &expected, v, 0, __ATOMIC_SEQ_CST, \
						   __ATOMIC_SEQ_CST); \
		expected = v; \
		sum += __atomic_compare_exchange_n(&m[2], &expected, 1, 0, __ATOMIC_SEQ_CST, \
						   __ATOMIC_SEQ_CST); \
		sum += expected; \
		sum += __atomic_exchange_n(&m[3], v, __ATOMIC_SEQ_CST); \
		__atomic_fetch_or(&m[4], 8, __ATOMIC_SEQ_CST); \
		sum += __atomic_fetch_and(&m[5], v, __ATOMIC_SEQ_CST); \
		__atomic_fetch_sub(&m[6], v, __ATOMIC_SEQ_CST); \
		__atomic_fetch_xor(&m[7], v, __ATOMIC_SEQ_CST); \
		sum += __atomic_add_fetch(&m[8], 1, __ATOMIC_SEQ_CST) == 0; \
		sum += (__atomic_fetch_or(&m[9], (type)((type)1 << (value & 7)), \
					  __ATOMIC_SEQ_CST) >> (value & 7)) & 1; \
		return sum; \
	}

#define EACH_TYPE(what) \
	what(u8) what(u16) what(u32) what(u64) what(s8) what(s16) what(s32) what(s64)

EACH_TYPE(ARITHMETIC)
EACH_TYPE(ATOMICS)

struct fields {
	volatile u32 enable : 1, mode : 3, count : 12, rest : 16;
	volatile u8 status;
	volatile u16 length;
	volatile u64 address;
};

static u64 bit_fields(volatile void *memory, u64 value)
{
	volatile struct fields *m = memory;

	m->enable = value;
	m->mode = value >> 1;
	m->count++;
	m->rest ^= value;
	m->status = m->mode;
	m->length = __builtin_bswap16(value);
	m->address = __builtin_bswap64(m->address);
	return m->enable + m->mode + m->count + m->status + m->length + __builtin_bswap32(m->rest);
}

/* As memcpy_toio(), memset_io() and the like do in the kernel. */
static u64 strings(volatile void *memory, u64 value)
{
	u8 buffer[64];
	void *from = buffer, *to = (void *)memory;
	u64 count = 8;

	memset(buffer, (int)value, sizeof(buffer));
	asm volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	to = (void *)memory;
	count = value & 15;
	asm volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value >> 8) : "memory");
	from = (void *)memory + 64;
	to = buffer;
	count = 16;
	asm volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	from = (void *)memory + 128;
	to = (void *)memory + 192;
	count = 5;
	asm volatile("rep movsw" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	from = (void *)memory;
	to = buffer;
	count = 64;
	asm volatile("repe cmpsb" : "+S"(from), "+D"(to), "+c"(count) : : "memory", "cc");
	return count + buffer[5] + buffer[63];
}

/* As set_bit() and its sisters do in the kernel. */
static u64 bits(volatile void *memory, u64 value)
{
	u64 number = value & 0xfff;
	u8 was[5];

	asm volatile("btsq %2, %0; setc %1" : "+m"(*(u64 *)memory), "=q"(was[0])
		     : "r"(number) : "memory");
	asm volatile("lock btrl %2, %0; setc %1" : "+m"(*(u32 *)memory), "=q"(was[1])
		     : "r"((u32)number ^ 5) : "memory");
	asm volatile("btcl %2, %0; setc %1" : "+m"(*(u32 *)memory), "=q"(was[2]) : "i"(7));
	asm volatile("btl %2, %1; setc %0" : "=q"(was[3]) : "m"(*(u32 *)memory), "r"((u32)number));
	asm volatile("lock orb $0x20, %0; sets %1" : "+m"(*(u8 *)memory), "=q"(was[4]));
	return was[0] + 2 * was[1] + 4 * was[2] + 8 * was[3] + 16 * was[4];
}

/* As writel(), readl() and the non-temporal stores do. */
static u64 accessors(volatile void *memory, u64 value)
{
	u32 data;
	u64 wide;

	asm volatile("movl %0, %1" : : "r"((u32)value), "m"(*(volatile u32 *)memory) : "memory");
	asm volatile("movl %1, %0" : "=r"(data) : "m"(*(volatile u32 *)memory) : "memory");
	asm volatile("movnti %1, %0" : "=m"(*(u64 *)(memory + 8)) : "r"(value));
	asm volatile("movb %%ah, %0" : "=m"(*(u8 *)(memory + 16)) : "a"(value));
	asm volatile("movq %%gs:(%1), %0" : "=r"(wide) : "r"(memory + 24));
	return data + wide;
}

#define NAMES(type) \
	{ #type " arithmetic", type##_arithmetic }, { #type " decisions", type##_decisions }, \
	{ #type " extension", type##_extension }, { #type " atomics", type##_atomics },

const struct access_case access_cases[] = {
	EACH_TYPE(NAMES)
	{ "bit fields", bit_fields },
	{ "strings", strings },
	{ "bits", bits },
	{ "accessors", accessors },
	{ NULL, NULL },
};
