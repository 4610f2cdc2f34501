// SPDX-License-Identifier: GPL-2.0-only
/*
 * String instructions: MOVS, STOS, LODS, CMPS and SCAS (Intel SDM volume 1,
 * 7.3.9). A trap handles pciem_insn_count() elements, or a part of them: since
 * rcx, rsi and rdi say how far it has come, it may stop after any element and
 * let the CPU start the instruction again.
 */
#include "insn.h"

#define REG_RCX	1
#define REG_RSI	6
#define REG_RDI	7

static u64 address_mask(const struct pciem_insn *insn)
{
	return insn->address_size == 4 ? 0xffffffffULL : ~0ULL;
}

/**
 * pciem_insn_source - address of the source of MOVS, LODS and CMPS
 * @insn: the instruction
 * @regs: the registers
 *
 * Return: the address, without the base of @insn->segment.
 */
u64 pciem_insn_source(const struct pciem_insn *insn, const u64 regs[16])
{
	return regs[REG_RSI] & address_mask(insn);
}

/**
 * pciem_insn_destination - address of the destination of MOVS, STOS, CMPS, SCAS
 * @insn: the instruction
 * @regs: the registers
 *
 * Return: the address; @insn->segment does not apply to it.
 */
u64 pciem_insn_destination(const struct pciem_insn *insn, const u64 regs[16])
{
	return regs[REG_RDI] & address_mask(insn);
}

/**
 * pciem_insn_count - how many elements are left
 * @insn: the instruction
 * @regs: the registers
 *
 * Return: rcx with a REP prefix, 1 without. CMPS and SCAS may end earlier.
 */
u64 pciem_insn_count(const struct pciem_insn *insn, const u64 regs[16])
{
	return insn->rep ? regs[REG_RCX] & address_mask(insn) : 1;
}

/**
 * pciem_insn_advance - step over elements that have been handled
 * @insn: the instruction
 * @regs: in and out: the registers
 * @flags: EFLAGS, for the direction
 * @count: how many elements, at most pciem_insn_count()
 */
void pciem_insn_advance(const struct pciem_insn *insn, u64 regs[16], u64 flags, u64 count)
{
	u64 step = flags & PCIEM_FLAG_DF ? -(count * insn->size) : count * insn->size;
	u64 mask = address_mask(insn);

	if (insn->op != PCIEM_INSN_STOS && insn->op != PCIEM_INSN_SCAS)
		regs[REG_RSI] = (regs[REG_RSI] + step) & mask;
	if (insn->op != PCIEM_INSN_LODS)
		regs[REG_RDI] = (regs[REG_RDI] + step) & mask;
	if (insn->rep)
		regs[REG_RCX] = (regs[REG_RCX] - count) & mask;
}

/**
 * pciem_insn_compare - one element of CMPS
 * @insn: the instruction
 * @source: what was read at pciem_insn_source()
 * @destination: what was read at pciem_insn_destination()
 * @flags: in and out: EFLAGS
 */
void pciem_insn_compare(const struct pciem_insn *insn, u64 source, u64 destination, u64 *flags)
{
	pciem_insn_alu(PCIEM_INSN_CMP, source, destination, insn->size, flags);
}

/**
 * pciem_insn_repeats - whether the instruction goes on with another element
 * @insn: the instruction
 * @regs: the registers, after pciem_insn_advance()
 * @flags: EFLAGS, after the element
 *
 * Return: false if the trap has to continue with the next instruction.
 */
bool pciem_insn_repeats(const struct pciem_insn *insn, const u64 regs[16], u64 flags)
{
	if (!insn->rep || !pciem_insn_count(insn, regs))
		return false;
	if (insn->op != PCIEM_INSN_CMPS && insn->op != PCIEM_INSN_SCAS)
		return true;
	/* F3 is REPE here, F2 REPNE. */
	return !(flags & PCIEM_FLAG_ZF) == (insn->rep == 0xf2);
}
