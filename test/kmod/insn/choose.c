// SPDX-License-Identifier: GPL-2.0-only
/* Random instructions with registers that make them hit the machine's data. */
#include "../../../kmod/insn-bits.h"
#include "choose.h"

static u64 seed = 0x9e3779b97f4a7c15ULL;

static u64 pick(u64 limit)
{
	return next_random(&seed) % limit;
}

/* A value that is often at an edge. */
static u64 pick_value(void)
{
	static const u64 edges[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000, ~0ULL,
	};

	if (pick(4) == 0)
		return edges[pick(ARRAY_SIZE(edges))];
	return next_random(&seed);
}

/* Random prefixes, operands and immediates around an opcode. */
static void pick_bytes(struct run *run, const u8 *opcode, size_t length, int extension)
{
	static const u8 segments[] = { 0x26, 0x2e, 0x36, 0x3e };
	u8 *next = run->bytes, *end = run->bytes + sizeof(run->bytes);

	if (pick(8) == 0)
		*next++ = 0x67;
	if (pick(16) == 0)
		*next++ = segments[pick(4)];
	if (pick(6) == 0)
		*next++ = 0xf2 + pick(2);
	if (pick(4) == 0)
		*next++ = 0x66;
	if (pick(8) == 0)
		*next++ = 0xf0;
	if (pick(2))
		*next++ = 0x40 + pick(16);
	memcpy(next, opcode, length);
	next += length;
	run->operands = next;
	*next++ = pick(3) << 6 | (extension < 0 ? pick(8) : (u64)extension) << 3 | pick(8);
	while (next < end)
		*next++ = pick(4) ? pick(256) : 0;
}

static void pick_state(struct run *run)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		run->state.regs[i] = pick_value();
	/* Bit 1 is always set; interrupts stay on. */
	run->state.flags = (next_random(&seed) & MACHINE_FLAGS) | 0x202;
	for (i = 0; i < MACHINE_DATA; i += 8) {
		u64 value = pick_value();

		memcpy(run->data + i, &value, 8);
	}
}

static bool is_offset_form(const struct run *run)
{
	const u8 *opcode = skip_prefixes(run->bytes);

	return opcode[0] >= 0xa0 && opcode[0] <= 0xa3;
}

static void set_displacement(struct run *run, u64 disp)
{
	struct pciem_insn *insn = &run->insn;
	u8 *at = run->operands;

	if (is_offset_form(run))
		memcpy(at, &disp, insn->address_size);
	else
		memcpy(at + ((*at & 7) == 4 ? 2 : 1), &disp, 4);
	pciem_insn_decode(run->bytes, PCIEM_INSN_MAX_LENGTH, insn);
}

/* How far from the operand the addressed bit is. Divides, as the SDM says. */
static s64 bit_distance(struct run *run)
{
	struct pciem_insn *insn = &run->insn;
	u64 *reg = &run->state.regs[insn->reg];
	s64 bits = 8 * insn->size, number;

	if (!is_bit_op(insn->op) || insn->form != PCIEM_FORM_MEM_REG)
		return 0;
	if (insn->base == PCIEM_REG_NONE)
		*reg = pick(0x10000) - 0x8000;
	number = insn->size == 2 ? (s16)*reg : insn->size == 4 ? (s32)*reg : (s64)*reg;
	return (number / bits - (number % bits < 0)) * insn->size;
}

/* Chooses registers, or the displacement, so that the access hits the data. */
static void place_operand(struct run *run, u64 target)
{
	struct pciem_insn *insn = &run->insn;
	u64 *regs = run->state.regs;
	s64 distance = bit_distance(run), rest = target - distance - insn->disp;

	run->address = target;
	if (insn->base == PCIEM_REG_NONE) {
		rest = target - distance - (insn->rip_relative ? machine_ip_next : 0);
		if (insn->index != PCIEM_REG_NONE) {
			regs[insn->index] = pick(4096);
			rest -= regs[insn->index] << insn->scale;
		}
		set_displacement(run, rest);
	} else if (insn->base == insn->index) {
		s64 factor = 1 + (1 << insn->scale);

		regs[insn->base] = rest / factor;
		run->address -= rest % factor;
	} else {
		regs[insn->base] = rest;
		if (insn->index != PCIEM_REG_NONE)
			regs[insn->base] -= regs[insn->index] << insn->scale;
	}
	if (insn->address_size == 4 && insn->base != PCIEM_REG_NONE)
		regs[insn->base] ^= next_random(&seed) << 32;
}

static void place_string(struct run *run)
{
	u64 middle = (uintptr_t)machine_data + MACHINE_DATA / 2;
	u64 *regs = run->state.regs;
	u64 garbage = run->insn.address_size == 4 ? next_random(&seed) << 32 : 0;

	regs[1] = (pick(16) + !pick(8)) | garbage;
	regs[6] = (middle + pick(256) - 128) | garbage;
	regs[7] = (middle + pick(256) - 128) | garbage;
	run->state.flags |= pick(2) ? PCIEM_FLAG_DF : 0;
	/* A run of equal elements, for a comparison to go on. */
	if (pick(2))
		memset(run->data, pick(2) ? regs[0] : 0, MACHINE_DATA);
}

/*
 * A run of the opcode, with ModRM.reg = @extension unless it is negative. False if
 * this choice is none that can be run.
 */
bool choose_run(struct run *run, const u8 *opcode, size_t length, int extension)
{
	u64 target = (uintptr_t)machine_data + MACHINE_DATA / 4 + pick(MACHINE_DATA / 2);
	struct pciem_insn *insn = &run->insn;

	pick_bytes(run, opcode, length, extension);
	if (pciem_insn_decode(run->bytes, PCIEM_INSN_MAX_LENGTH, insn))
		return false;
	pick_state(run);
	if (insn->form == PCIEM_FORM_STRING) {
		place_string(run);
		return true;
	}
	/* An address that depends on the bit number cannot be chosen. */
	if (is_bit_op(insn->op) && insn->form == PCIEM_FORM_MEM_REG &&
	    (insn->reg == insn->base || insn->reg == insn->index))
		return false;
	place_operand(run, target);
	if (insn->op == PCIEM_INSN_CMPXCHG && insn->base != 0 && insn->index != 0 && pick(2))
		memcpy(&run->state.regs[0], run->data + (run->address - (uintptr_t)machine_data),
		       insn->size);
	/* A locked access across cache lines stops other CPUs. */
	return !insn->lock || (run->address & 63) + insn->size <= 64;
}
