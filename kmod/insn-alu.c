// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic of the instructions of insn.c, with its flags (Intel SDM volume 1,
 * 3.4.3; volume 2, each instruction).
 */
#include "insn-bits.h"

#define FLAGS_RESULT	(PCIEM_FLAG_PF | PCIEM_FLAG_ZF | PCIEM_FLAG_SF)
#define FLAGS_CARRY	(PCIEM_FLAG_CF | PCIEM_FLAG_OF)
#define FLAGS_ALL	(FLAGS_RESULT | FLAGS_CARRY | PCIEM_FLAG_AF)

static u64 replace_flags(u64 flags, u64 which, u64 value)
{
	return (flags & ~which) | (value & which);
}

/* PF is the parity of the low byte only. */
static u64 result_flags(u64 result, unsigned int size)
{
	u32 parity = (result ^ result >> 4) & 0xf;
	u64 flags = 0;

	if (!(result & mask_of(size)))
		flags |= PCIEM_FLAG_ZF;
	if (result & sign_of(size))
		flags |= PCIEM_FLAG_SF;
	if (!(0x6996 >> parity & 1))
		flags |= PCIEM_FLAG_PF;
	return flags;
}

/* CF, AF and OF from the carry (or borrow) out of each bit. */
static u64 carry_flags(u64 carries, unsigned int size)
{
	u64 top = sign_of(size), flags = 0;

	if (carries & top)
		flags |= PCIEM_FLAG_CF;
	if (carries & 8)
		flags |= PCIEM_FLAG_AF;
	if (!(carries & top) != !(carries & (top >> 1)))
		flags |= PCIEM_FLAG_OF;
	return flags;
}

static u64 add(u64 a, u64 b, bool carry, unsigned int size, u64 *flags)
{
	u64 sum = a + b + carry;
	u64 carries = (a & b) | ((a | b) & ~sum);

	*flags = replace_flags(*flags, FLAGS_ALL,
			       carry_flags(carries, size) | result_flags(sum, size));
	return sum;
}

static u64 subtract(u64 a, u64 b, bool borrow, unsigned int size, u64 *flags)
{
	u64 difference = a - b - borrow;
	u64 borrows = (~a & b) | ((~a | b) & difference);

	*flags = replace_flags(*flags, FLAGS_ALL,
			       carry_flags(borrows, size) | result_flags(difference, size));
	return difference;
}

static u64 logic(u64 result, unsigned int size, u64 *flags)
{
	*flags = replace_flags(*flags, FLAGS_RESULT | FLAGS_CARRY, result_flags(result, size));
	return result;
}

/* Bit by bit: a shift of an MMIO register is too rare to be worth more. */
static u64 shift(u8 op, u64 value, unsigned int count, unsigned int size, u64 *flags)
{
	u64 top = sign_of(size);
	bool left = op == PCIEM_INSN_ROL || op == PCIEM_INSN_RCL ||
		    op == PCIEM_INSN_SHL || op == PCIEM_INSN_SAL;
	bool once, carry = *flags & PCIEM_FLAG_CF, out, in;

	count &= size == 8 ? 63 : 31;
	if (!count)
		return value;
	once = count == 1;
	value &= mask_of(size);
	for (; count; count--) {
		out = value & (left ? top : 1);
		in = false;
		if (op == PCIEM_INSN_ROL || op == PCIEM_INSN_ROR)
			in = out;
		else if (op == PCIEM_INSN_RCL || op == PCIEM_INSN_RCR)
			in = carry;
		else if (op == PCIEM_INSN_SAR)
			in = value & top;
		value = left ? (value << 1 | in) & mask_of(size) : value >> 1 | (in ? top : 0);
		carry = out;
	}
	*flags = replace_flags(*flags, PCIEM_FLAG_CF, carry ? PCIEM_FLAG_CF : 0);
	if (once) {
		bool second = left ? carry : value & (top >> 1);
		bool overflow = !(value & top) == second;

		*flags = replace_flags(*flags, PCIEM_FLAG_OF, overflow ? PCIEM_FLAG_OF : 0);
	}
	if (op >= PCIEM_INSN_SHL)
		*flags = replace_flags(*flags, FLAGS_RESULT, result_flags(value, size));
	return value;
}

static u64 multiply(u64 a, u64 b, unsigned int size, u64 *flags)
{
	s64 product;
	bool overflow = __builtin_mul_overflow(extend(a, size), extend(b, size), &product);

	overflow |= extend(product, size) != product;
	*flags = replace_flags(*flags, FLAGS_CARRY, overflow ? FLAGS_CARRY : 0);
	return product;
}

static u64 bit_op(u8 op, u64 value, u64 number, unsigned int size, u64 *flags)
{
	u64 bit = 1ULL << (number & (8 * size - 1));

	*flags = replace_flags(*flags, PCIEM_FLAG_CF, value & bit ? PCIEM_FLAG_CF : 0);
	if (op == PCIEM_INSN_BTS)
		return value | bit;
	if (op == PCIEM_INSN_BTR)
		return value & ~bit;
	return op == PCIEM_INSN_BTC ? value ^ bit : value;
}

/**
 * pciem_insn_alu - the arithmetic of ADD to SAR, IMUL and BT to BTC
 * @op: enum pciem_insn_op
 * @a: first operand: what is modified or compared
 * @b: second operand; ignored by INC, DEC, NOT and NEG
 * @size: bytes of the operands; their higher bytes do not matter
 * @flags: in and out: EFLAGS; undefined flags are left as they were
 *
 * Return: the result in the low @size bytes, the rest is meaningless.
 */
u64 pciem_insn_alu(u8 op, u64 a, u64 b, unsigned int size, u64 *flags)
{
	bool carry = *flags & PCIEM_FLAG_CF;
	u64 result;

	switch (op) {
	case PCIEM_INSN_ADD:
	case PCIEM_INSN_ADC:
		return add(a, b, op == PCIEM_INSN_ADC && carry, size, flags);
	case PCIEM_INSN_SUB:
	case PCIEM_INSN_CMP:
	case PCIEM_INSN_SBB:
		return subtract(a, b, op == PCIEM_INSN_SBB && carry, size, flags);
	case PCIEM_INSN_NEG:
		return subtract(0, a, false, size, flags);
	case PCIEM_INSN_INC:
	case PCIEM_INSN_DEC:
		result = op == PCIEM_INSN_INC ? add(a, 1, false, size, flags) :
						subtract(a, 1, false, size, flags);
		*flags = replace_flags(*flags, PCIEM_FLAG_CF, carry ? PCIEM_FLAG_CF : 0);
		return result;
	case PCIEM_INSN_OR:
		return logic(a | b, size, flags);
	case PCIEM_INSN_AND:
	case PCIEM_INSN_TEST:
		return logic(a & b, size, flags);
	case PCIEM_INSN_XOR:
		return logic(a ^ b, size, flags);
	case PCIEM_INSN_NOT:
		return ~a;
	case PCIEM_INSN_IMUL:
		return multiply(a, b, size, flags);
	default:
		return is_bit_op(op) ? bit_op(op, a, b, size, flags) :
				       shift(op, a, b, size, flags);
	}
}
