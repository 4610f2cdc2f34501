/* SPDX-License-Identifier: GPL-2.0-only */
/* Operands of 1, 2, 4 and 8 bytes in 64-bit variables. */
#ifndef PCIEM_INSN_BITS_H
#define PCIEM_INSN_BITS_H

#include "insn.h"

static inline u64 mask_of(unsigned int size)
{
	return ~0ULL >> (64 - 8 * size);
}

static inline u64 sign_of(unsigned int size)
{
	return 1ULL << (8 * size - 1);
}

static inline s64 extend(u64 value, unsigned int size)
{
	return (s64)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

static inline bool is_bit_op(u8 op)
{
	return op >= PCIEM_INSN_BT && op <= PCIEM_INSN_BTC;
}

#endif /* PCIEM_INSN_BITS_H */
