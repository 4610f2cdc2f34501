// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the instructions of insn.c do to registers and memory, and where that
 * memory is (Intel SDM volume 1, 3.4.1.1 and 3.7.5; volume 2).
 */
#include "insn-bits.h"

#define REG_RAX	0
#define REG_RCX	1

/**
 * pciem_insn_register - the register operand
 * @insn: the instruction
 * @value: all 64 bits of the register @insn->reg
 *
 * Return: the operand in the low @insn->reg_size bytes, the rest zero. For a
 * store it is what goes to memory, but for STORE_BE.
 */
u64 pciem_insn_register(const struct pciem_insn *insn, u64 value)
{
	return (insn->high_byte ? value >> 8 : value) & mask_of(insn->reg_size);
}

/* Register writes: 4 bytes zero the upper half, 1 and 2 bytes keep the rest. */
static u64 merge(u64 old, u64 value, unsigned int size)
{
	if (size == 4)
		return value & mask_of(4);
	return (old & ~mask_of(size)) | (value & mask_of(size));
}

/**
 * pciem_insn_merge - a register after the instruction has written its operand
 * @insn: the instruction
 * @old: all 64 bits of the register before
 * @value: the operand, in the low @insn->reg_size bytes
 *
 * Return: all 64 bits of the register.
 */
u64 pciem_insn_merge(const struct pciem_insn *insn, u64 old, u64 value)
{
	if (insn->high_byte)
		return (old & ~0xff00ULL) | (value & 0xff) << 8;
	return merge(old, value, insn->reg_size);
}

static u64 reverse(u64 value, unsigned int size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

/**
 * pciem_insn_loaded - a register after LOAD, LOAD_BE, MOVZX, MOVSX or LODS
 * @insn: the instruction
 * @old: all 64 bits of the register @insn->reg before
 * @memory: what was read, in the low @insn->size bytes
 *
 * Return: all 64 bits of the register.
 */
u64 pciem_insn_loaded(const struct pciem_insn *insn, u64 old, u64 memory)
{
	if (insn->op == PCIEM_INSN_MOVSX)
		memory = extend(memory, insn->size);
	else if (insn->op == PCIEM_INSN_LOAD_BE)
		memory = reverse(memory, insn->size);
	else
		memory &= mask_of(insn->size);
	return pciem_insn_merge(insn, old, memory);
}

/**
 * pciem_insn_address - address of the memory operand
 * @insn: the instruction, not a string instruction
 * @regs: the registers
 * @ip_next: address of the next instruction
 *
 * A bit number in a register addresses memory beyond the operand, in both
 * directions: then this is the address of the word that holds the bit.
 *
 * Return: the address, without the base of @insn->segment.
 */
u64 pciem_insn_address(const struct pciem_insn *insn, const u64 regs[16], u64 ip_next)
{
	u64 address = insn->disp;

	if (insn->base != PCIEM_REG_NONE)
		address += regs[insn->base];
	if (insn->index != PCIEM_REG_NONE)
		address += regs[insn->index] << insn->scale;
	if (insn->rip_relative)
		address += ip_next;
	if (is_bit_op(insn->op) && insn->form == PCIEM_FORM_MEM_REG) {
		s64 bit = extend(regs[insn->reg], insn->reg_size);

		address += (bit >> 3) & -(s64)insn->size;
	}
	return address & mask_of(insn->address_size);
}

/* Condition codes (Intel SDM volume 1, appendix B); the odd ones are negated. */
static bool condition_holds(u8 condition, u64 flags)
{
	bool less = !(flags & PCIEM_FLAG_SF) != !(flags & PCIEM_FLAG_OF);
	static const u16 tests[8] = {
		PCIEM_FLAG_OF,
		PCIEM_FLAG_CF,
		PCIEM_FLAG_ZF,
		PCIEM_FLAG_CF | PCIEM_FLAG_ZF,
		PCIEM_FLAG_SF,
		PCIEM_FLAG_PF,
		0,
		PCIEM_FLAG_ZF,
	};
	bool holds = flags & tests[condition >> 1] || (condition >> 1 >= 6 && less);

	return holds != (condition & 1);
}

static u64 exchange(const struct pciem_insn *insn, u64 memory, u64 regs[16], u64 *flags)
{
	u64 *reg = &regs[insn->reg];
	u64 operand = pciem_insn_register(insn, *reg);

	if (insn->op == PCIEM_INSN_CMPXCHG) {
		pciem_insn_alu(PCIEM_INSN_CMP, regs[REG_RAX], memory, insn->size, flags);
		if (*flags & PCIEM_FLAG_ZF)
			return operand;
		regs[REG_RAX] = merge(regs[REG_RAX], memory, insn->size);
		return memory;
	}
	*reg = pciem_insn_merge(insn, *reg, memory);
	if (insn->op == PCIEM_INSN_XADD)
		return pciem_insn_alu(PCIEM_INSN_ADD, memory, operand, insn->size, flags);
	return operand;
}

/**
 * pciem_insn_execute - carry out one instruction, or one element of a string
 * @insn: the instruction; not CMPS, which has two values: pciem_insn_compare()
 * @memory: if @insn->reads: what was read, in the low @insn->size bytes
 * @regs: in and out: the registers. String instructions: rsi, rdi and rcx are
 *	left to pciem_insn_advance()
 * @flags: in and out: EFLAGS
 *
 * Return: if @insn->writes: what to write, in the low @insn->size bytes, the rest
 * zero. Else meaningless.
 */
u64 pciem_insn_execute(const struct pciem_insn *insn, u64 memory, u64 regs[16], u64 *flags)
{
	u64 *reg = &regs[insn->reg];
	u64 operand, result = memory;

	switch (insn->op) {
	case PCIEM_INSN_LOAD:
	case PCIEM_INSN_LOAD_BE:
	case PCIEM_INSN_MOVZX:
	case PCIEM_INSN_MOVSX:
	case PCIEM_INSN_LODS:
		*reg = pciem_insn_loaded(insn, *reg, memory);
		return 0;
	case PCIEM_INSN_STORE:
	case PCIEM_INSN_STOS:
		return pciem_insn_register(insn, *reg);
	case PCIEM_INSN_STORE_BE:
		return reverse(*reg, insn->size);
	case PCIEM_INSN_STORE_IMM:
		return insn->imm & mask_of(insn->size);
	case PCIEM_INSN_MOVS:
		return memory & mask_of(insn->size);
	case PCIEM_INSN_SCAS:
		pciem_insn_alu(PCIEM_INSN_CMP, *reg, memory, insn->size, flags);
		return 0;
	case PCIEM_INSN_SETCC:
		return condition_holds(insn->condition, *flags);
	case PCIEM_INSN_CMOV:
		*reg = pciem_insn_merge(insn, *reg,
					condition_holds(insn->condition, *flags) ? memory : *reg);
		return 0;
	case PCIEM_INSN_XCHG:
	case PCIEM_INSN_XADD:
	case PCIEM_INSN_CMPXCHG:
		return exchange(insn, memory, regs, flags) & mask_of(insn->size);
	default:
		break;
	}
	operand = pciem_insn_register(insn, *reg);
	switch (insn->form) {
	case PCIEM_FORM_REG_MEM:
		result = pciem_insn_alu(insn->op, operand, memory, insn->size, flags);
		break;
	case PCIEM_FORM_MEM_REG:
		result = pciem_insn_alu(insn->op, memory, operand, insn->size, flags);
		break;
	case PCIEM_FORM_MEM_CL:
		result = pciem_insn_alu(insn->op, memory, regs[REG_RCX], insn->size, flags);
		break;
	default:
		result = pciem_insn_alu(insn->op, memory, insn->imm, insn->size, flags);
	}
	if (insn->writes)
		return result & mask_of(insn->size);
	if (insn->op != PCIEM_INSN_CMP && (insn->form == PCIEM_FORM_REG_MEM ||
					   insn->form == PCIEM_FORM_REG_MEM_IMM))
		*reg = pciem_insn_merge(insn, *reg, result);
	return 0;
}
