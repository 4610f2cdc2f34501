// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoder for the x86-64 instructions that access memory through general
 * registers (Intel SDM volume 2, chapters 2 and appendix A). 64-bit mode only.
 * What is not emulated is still measured where possible, so that a trap can
 * step over it.
 */
#include "insn.h"
#include "insn-tables.h"

#define REX_W	8
#define REX_R	4
#define REX_X	2
#define REX_B	1

/* What decoding has to remember between its steps. */
struct decoder {
	const u8 *next;
	const u8 *end;
	struct pciem_insn *insn;
	u8 rex;
	bool has_rex;
	bool operand_size;	/* prefix 0x66 */
};

/* The next @size bytes, sign extended; false if they are not there. */
static bool take(struct decoder *d, unsigned int size, s64 *value)
{
	u64 bits = 0;
	unsigned int i;

	if ((size_t)(d->end - d->next) < size)
		return false;
	for (i = 0; i < size; i++)
		bits |= (u64)d->next[i] << (8 * i);
	d->next += size;
	*value = (s64)(bits << (64 - 8 * size)) >> (64 - 8 * size);
	return true;
}

static bool take_byte(struct decoder *d, u8 *value)
{
	if (d->next == d->end)
		return false;
	*value = *d->next++;
	return true;
}

/* Prefixes in any order; a REX prefix counts only right before the opcode. */
static bool take_prefixes(struct decoder *d, u8 *opcode)
{
	struct pciem_insn *insn = d->insn;

	while (take_byte(d, opcode)) {
		if ((*opcode & 0xf0) == 0x40) {
			d->rex = *opcode & 0xf;
			d->has_rex = true;
			continue;
		}
		switch (*opcode) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			break;
		case 0x64:
			insn->segment = PCIEM_SEGMENT_FS;
			break;
		case 0x65:
			insn->segment = PCIEM_SEGMENT_GS;
			break;
		case 0x66:
			d->operand_size = true;
			break;
		case 0x67:
			insn->address_size = 4;
			break;
		case 0xf0:
			insn->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			insn->rep = *opcode;
			break;
		default:
			return true;
		}
		d->rex = 0;
		d->has_rex = false;
	}
	return false;
}

/*
 * ModRM's memory operand with SIB and displacement (Intel SDM volume 2, 2.1.5
 * and 2.2.1). ModRM.mod is not 3.
 */
static bool take_memory(struct decoder *d, u8 modrm)
{
	struct pciem_insn *insn = d->insn;
	u8 mod = modrm >> 6, base = modrm & 7, sib;
	unsigned int disp_size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	bool has_sib = base == 4;

	if (has_sib) {
		if (!take_byte(d, &sib))
			return false;
		base = sib & 7;
		insn->index = (sib >> 3 & 7) | (d->rex & REX_X ? 8 : 0);
		insn->scale = sib >> 6;
		if (insn->index == 4) {
			insn->index = PCIEM_REG_NONE;
			insn->scale = 0;
		}
	}
	if (base == 5 && mod == 0) {
		disp_size = 4;
		insn->rip_relative = !has_sib;
	} else {
		insn->base = base | (d->rex & REX_B ? 8 : 0);
	}
	return !disp_size || take(d, disp_size, &insn->disp);
}

/* VEX and EVEX: vector instructions and a few others, measured and refused. */
static bool take_vex(struct decoder *d, u8 first, struct opcode *entry)
{
	u8 payload[3], opcode, map = 1;
	unsigned int i, size = first == 0xc5 ? 1 : first == 0xc4 ? 2 : 3;

	for (i = 0; i < size; i++)
		if (!take_byte(d, &payload[i]))
			return false;
	if (!take_byte(d, &opcode))
		return false;
	d->rex = ~payload[0] >> 5 & REX_R;
	if (first != 0xc5) {
		d->rex = ~payload[0] >> 5 & (REX_R | REX_X | REX_B);
		map = payload[0] & (first == 0xc4 ? 0x1f : 7);
	}
	*entry = (struct opcode)REFUSE(VECTOR, 0);
	if (d->operand_size || d->has_rex || d->insn->rep || d->insn->lock ||
	    map == 0 || map == 4 || map > 6)
		entry->op = PCIEM_REFUSED_INVALID;
	else if (map == 3 || (map == 1 && opcodes_0f[opcode].flags & IMM8))
		entry->flags = IMM8;
	else if (map == 1 && opcode == 0x77)
		entry->form = PCIEM_FORM_NONE;
	else if (map == 2 && opcode >= 0xf0 && first != 0x62)
		entry->op = PCIEM_REFUSED_OTHER;
	return true;
}

/* The table entry of the opcode, which may take up to two more bytes. */
static bool take_opcode(struct decoder *d, u8 opcode, struct opcode *entry)
{
	if (opcode == 0x62 || opcode == 0xc4 || opcode == 0xc5)
		return take_vex(d, opcode, entry);
	*entry = opcodes[opcode];
	if (opcode != 0x0f)
		return true;
	if (!take_byte(d, &opcode))
		return false;
	*entry = opcodes_0f[opcode];
	d->insn->condition = opcode & 0xf;
	if (opcode != 0x38 && opcode != 0x3a)
		return true;
	if (opcode == 0x3a)
		return take_byte(d, &opcode);
	if (!take_byte(d, &opcode))
		return false;
	if (opcode <= 0xf1 && opcode >= 0xf0 && d->insn->rep == 0xf2)
		*entry = opcode_crc32;
	else if (opcode >= 0xf0)
		*entry = opcodes_0f38_f0[opcode & 0xf];
	return true;
}

static void set_sizes(struct decoder *d, u16 flags)
{
	struct pciem_insn *insn = d->insn;

	if (flags & BYTE)
		insn->reg_size = 1;
	else if (d->rex & REX_W)
		insn->reg_size = 8;
	else
		insn->reg_size = d->operand_size ? 2 : 4;
	insn->size = insn->reg_size;
	if (flags & SOURCE && insn->size > (flags & SOURCE) / SOURCE_UNIT)
		insn->size = (flags & SOURCE) / SOURCE_UNIT;
}

static void set_register(struct decoder *d, u8 modrm)
{
	struct pciem_insn *insn = d->insn;

	insn->reg = (modrm >> 3 & 7) | (d->rex & REX_R ? 8 : 0);
	if (insn->reg_size == 1 && !d->has_rex && insn->reg >= 4) {
		insn->high_byte = true;
		insn->reg -= 4;
	}
}

/* ModRM and what it brings along; only a memory operand is of interest. */
static bool take_modrm(struct decoder *d, struct opcode *entry)
{
	u8 modrm;

	if (!take_byte(d, &modrm))
		return false;
	if (entry->group) {
		const struct opcode *member = &groups[entry->group][modrm >> 3 & 7];

		entry->op = member->op;
		entry->flags |= member->flags;
		if (member->form)
			entry->form = member->form;
	}
	set_sizes(d, entry->flags);
	if (entry->form == PCIEM_FORM_MEM_REG || entry->form == PCIEM_FORM_REG_MEM ||
	    entry->form == PCIEM_FORM_REG_MEM_IMM)
		set_register(d, modrm);
	if (modrm >> 6 != 3)
		return take_memory(d, modrm);
	if (entry->form != FORM_REFUSED || entry->op != PCIEM_REFUSED_INVALID) {
		entry->form = FORM_REFUSED;
		entry->op = PCIEM_REFUSED_NO_MEMORY;
	}
	return true;
}

static bool take_immediate(struct decoder *d, u16 flags)
{
	struct pciem_insn *insn = d->insn;

	if (flags & ONE)
		insn->imm = 1;
	if (flags & IMM8)
		return take(d, 1, &insn->imm);
	if (flags & IMM)
		return take(d, insn->reg_size == 8 ? 4 : insn->reg_size, &insn->imm);
	return true;
}

/* What follows the opcode. */
static bool take_operands(struct decoder *d, struct opcode *entry)
{
	struct pciem_insn *insn = d->insn;

	if (entry->form == FORM_OFFSET) {
		set_sizes(d, entry->flags);
		entry->form = entry->flags & READS ? PCIEM_FORM_REG_MEM : PCIEM_FORM_MEM_REG;
		return take(d, insn->address_size, &insn->disp);
	}
	if (entry->form == PCIEM_FORM_STRING) {
		set_sizes(d, entry->flags);
		/* The destination is always in the segment es, whose base is 0. */
		if (entry->op == PCIEM_INSN_STOS || entry->op == PCIEM_INSN_SCAS)
			insn->segment = PCIEM_SEGMENT_NONE;
		return true;
	}
	if (entry->form == PCIEM_FORM_NONE && !entry->group)
		return true;
	return take_modrm(d, entry) && take_immediate(d, entry->flags);
}

/* False if the CPU raises #UD because of a prefix. */
static bool prefixes_allowed(const struct decoder *d, u16 flags)
{
	if (d->insn->lock && !(flags & LOCKABLE))
		return false;
	if (d->operand_size && flags & NO_66)
		return false;
	return !(d->insn->rep && flags & NO_REP);
}

static int refuse(struct pciem_insn *insn, u8 reason)
{
	insn->op = PCIEM_INSN_REFUSED;
	insn->reason = reason;
	if (reason == PCIEM_REFUSED_INVALID || reason == PCIEM_REFUSED_NO_MEMORY)
		insn->length = 0;
	return PCIEM_INSN_REFUSE;
}

/**
 * pciem_insn_decode - decode one instruction
 * @bytes: the instruction, and possibly what follows it
 * @n: how many bytes there are; more than PCIEM_INSN_MAX_LENGTH are not needed
 * @insn: out: the instruction
 *
 * Return: 0, PCIEM_INSN_SHORT if it does not end within @n bytes, or
 * PCIEM_INSN_REFUSE with @insn->reason.
 */
int pciem_insn_decode(const u8 *bytes, size_t n, struct pciem_insn *insn)
{
	struct decoder d = { .next = bytes, .insn = insn };
	struct opcode entry;
	u8 opcode;

	*insn = (struct pciem_insn){
		.base = PCIEM_REG_NONE,
		.index = PCIEM_REG_NONE,
		.address_size = 8,
	};
	d.end = bytes + (n < PCIEM_INSN_MAX_LENGTH ? n : PCIEM_INSN_MAX_LENGTH);
	if (!take_prefixes(&d, &opcode) || !take_opcode(&d, opcode, &entry) ||
	    !take_operands(&d, &entry)) {
		if (n < PCIEM_INSN_MAX_LENGTH)
			return PCIEM_INSN_SHORT;
		return refuse(insn, PCIEM_REFUSED_INVALID);
	}
	if (entry.form == PCIEM_FORM_NONE)
		return refuse(insn, PCIEM_REFUSED_NO_MEMORY);
	insn->length = d.next - bytes;
	if (entry.form == FORM_REFUSED)
		return refuse(insn, entry.op);
	if (!prefixes_allowed(&d, entry.flags))
		return refuse(insn, PCIEM_REFUSED_INVALID);
	insn->op = entry.op;
	insn->form = entry.form;
	insn->reads = entry.flags & READS;
	insn->writes = entry.flags & WRITES;
	if (entry.op == PCIEM_INSN_XCHG)
		insn->lock = true;
	return 0;
}

/**
 * pciem_insn_reason - text for enum pciem_insn_reason, for messages
 * @reason: the reason
 *
 * Return: the text, never NULL.
 */
const char *pciem_insn_reason(u8 reason)
{
	switch (reason) {
	case PCIEM_REFUSED_NOT:
		return "not refused";
	case PCIEM_REFUSED_NO_MEMORY:
		return "no memory operand";
	case PCIEM_REFUSED_VECTOR:
		return "x87, MMX, SSE or AVX";
	case PCIEM_REFUSED_WIDE:
		return "wider than 8 bytes";
	case PCIEM_REFUSED_STACK:
		return "call, jump, push or pop through memory";
	case PCIEM_REFUSED_OTHER:
		return "not emulated";
	default:
		return "not a valid instruction";
	}
}
