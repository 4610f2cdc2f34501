// SPDX-License-Identifier: GPL-2.0-only
#include <capstone/capstone.h>

#include "reference.h"

static csh handle;
static cs_insn *decoded;

void reference_open(void)
{
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) {
		fprintf(stderr, "cannot open capstone\n");
		exit(1);
	}
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	decoded = cs_malloc(handle);
}

/* Capstone's instruction numbers of what is claimed, MOV apart. */
static const u8 ops[X86_INS_ENDING] = {
	[X86_INS_MOVNTI] = PCIEM_INSN_STORE,
	[X86_INS_MOVZX] = PCIEM_INSN_MOVZX,
	[X86_INS_MOVSX] = PCIEM_INSN_MOVSX,
	[X86_INS_MOVSXD] = PCIEM_INSN_MOVSX,
	[X86_INS_CMOVO] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVNO] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVB] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVAE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVNE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVBE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVA] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVS] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVNS] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVP] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVNP] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVL] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVGE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVLE] = PCIEM_INSN_CMOV,
	[X86_INS_CMOVG] = PCIEM_INSN_CMOV,
	[X86_INS_SETO] = PCIEM_INSN_SETCC,
	[X86_INS_SETNO] = PCIEM_INSN_SETCC,
	[X86_INS_SETB] = PCIEM_INSN_SETCC,
	[X86_INS_SETAE] = PCIEM_INSN_SETCC,
	[X86_INS_SETE] = PCIEM_INSN_SETCC,
	[X86_INS_SETNE] = PCIEM_INSN_SETCC,
	[X86_INS_SETBE] = PCIEM_INSN_SETCC,
	[X86_INS_SETA] = PCIEM_INSN_SETCC,
	[X86_INS_SETS] = PCIEM_INSN_SETCC,
	[X86_INS_SETNS] = PCIEM_INSN_SETCC,
	[X86_INS_SETP] = PCIEM_INSN_SETCC,
	[X86_INS_SETNP] = PCIEM_INSN_SETCC,
	[X86_INS_SETL] = PCIEM_INSN_SETCC,
	[X86_INS_SETGE] = PCIEM_INSN_SETCC,
	[X86_INS_SETLE] = PCIEM_INSN_SETCC,
	[X86_INS_SETG] = PCIEM_INSN_SETCC,
	[X86_INS_MOVSB] = PCIEM_INSN_MOVS,
	[X86_INS_MOVSW] = PCIEM_INSN_MOVS,
	[X86_INS_MOVSD] = PCIEM_INSN_MOVS,
	[X86_INS_MOVSQ] = PCIEM_INSN_MOVS,
	[X86_INS_STOSB] = PCIEM_INSN_STOS,
	[X86_INS_STOSW] = PCIEM_INSN_STOS,
	[X86_INS_STOSD] = PCIEM_INSN_STOS,
	[X86_INS_STOSQ] = PCIEM_INSN_STOS,
	[X86_INS_LODSB] = PCIEM_INSN_LODS,
	[X86_INS_LODSW] = PCIEM_INSN_LODS,
	[X86_INS_LODSD] = PCIEM_INSN_LODS,
	[X86_INS_LODSQ] = PCIEM_INSN_LODS,
	[X86_INS_CMPSB] = PCIEM_INSN_CMPS,
	[X86_INS_CMPSW] = PCIEM_INSN_CMPS,
	[X86_INS_CMPSD] = PCIEM_INSN_CMPS,
	[X86_INS_CMPSQ] = PCIEM_INSN_CMPS,
	[X86_INS_SCASB] = PCIEM_INSN_SCAS,
	[X86_INS_SCASW] = PCIEM_INSN_SCAS,
	[X86_INS_SCASD] = PCIEM_INSN_SCAS,
	[X86_INS_SCASQ] = PCIEM_INSN_SCAS,
	[X86_INS_ADD] = PCIEM_INSN_ADD,
	[X86_INS_OR] = PCIEM_INSN_OR,
	[X86_INS_ADC] = PCIEM_INSN_ADC,
	[X86_INS_SBB] = PCIEM_INSN_SBB,
	[X86_INS_AND] = PCIEM_INSN_AND,
	[X86_INS_SUB] = PCIEM_INSN_SUB,
	[X86_INS_XOR] = PCIEM_INSN_XOR,
	[X86_INS_CMP] = PCIEM_INSN_CMP,
	[X86_INS_TEST] = PCIEM_INSN_TEST,
	[X86_INS_INC] = PCIEM_INSN_INC,
	[X86_INS_DEC] = PCIEM_INSN_DEC,
	[X86_INS_NOT] = PCIEM_INSN_NOT,
	[X86_INS_NEG] = PCIEM_INSN_NEG,
	[X86_INS_ROL] = PCIEM_INSN_ROL,
	[X86_INS_ROR] = PCIEM_INSN_ROR,
	[X86_INS_RCL] = PCIEM_INSN_RCL,
	[X86_INS_RCR] = PCIEM_INSN_RCR,
	[X86_INS_SHL] = PCIEM_INSN_SHL,
	[X86_INS_SHR] = PCIEM_INSN_SHR,
	[X86_INS_SAL] = PCIEM_INSN_SAL,
	[X86_INS_SAR] = PCIEM_INSN_SAR,
	[X86_INS_IMUL] = PCIEM_INSN_IMUL,
	[X86_INS_XCHG] = PCIEM_INSN_XCHG,
	[X86_INS_XADD] = PCIEM_INSN_XADD,
	[X86_INS_CMPXCHG] = PCIEM_INSN_CMPXCHG,
	[X86_INS_BT] = PCIEM_INSN_BT,
	[X86_INS_BTS] = PCIEM_INSN_BTS,
	[X86_INS_BTR] = PCIEM_INSN_BTR,
	[X86_INS_BTC] = PCIEM_INSN_BTC,
};

static const struct {
	x86_reg names[16];
	u8 size;
} files[] = {
	{ { X86_REG_AL, X86_REG_CL, X86_REG_DL, X86_REG_BL, X86_REG_SPL, X86_REG_BPL, X86_REG_SIL,
	    X86_REG_DIL, X86_REG_R8B, X86_REG_R9B, X86_REG_R10B, X86_REG_R11B, X86_REG_R12B,
	    X86_REG_R13B, X86_REG_R14B, X86_REG_R15B }, 1 },
	{ { X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX, X86_REG_SP, X86_REG_BP, X86_REG_SI,
	    X86_REG_DI, X86_REG_R8W, X86_REG_R9W, X86_REG_R10W, X86_REG_R11W, X86_REG_R12W,
	    X86_REG_R13W, X86_REG_R14W, X86_REG_R15W }, 2 },
	{ { X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX, X86_REG_ESP, X86_REG_EBP,
	    X86_REG_ESI, X86_REG_EDI, X86_REG_R8D, X86_REG_R9D, X86_REG_R10D, X86_REG_R11D,
	    X86_REG_R12D, X86_REG_R13D, X86_REG_R14D, X86_REG_R15D }, 4 },
	{ { X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP,
	    X86_REG_RSI, X86_REG_RDI, X86_REG_R8, X86_REG_R9, X86_REG_R10, X86_REG_R11,
	    X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15 }, 8 },
};

/* The number of a register; its size and whether it is ah, ch, dh or bh. */
static u8 register_number(x86_reg reg, u8 *size, bool *high_byte)
{
	static u8 numbers[X86_REG_ENDING], sizes[X86_REG_ENDING];
	static const x86_reg high[] = { X86_REG_AH, X86_REG_CH, X86_REG_DH, X86_REG_BH };
	unsigned int i, j;

	for (i = 0; !sizes[X86_REG_RAX] && i < 4; i++)
		for (j = 0; j < 16; j++) {
			numbers[files[i].names[j]] = j;
			sizes[files[i].names[j]] = files[i].size;
		}
	for (i = 0; i < 4; i++)
		if (reg == high[i]) {
			*size = 1;
			*high_byte = true;
			return i;
		}
	*size = sizes[reg];
	return sizes[reg] ? numbers[reg] : PCIEM_REG_NONE;
}

static void set_memory(struct pciem_insn *insn, const cs_x86_op *op)
{
	bool high_byte;
	u8 size;

	insn->size = op->size;
	insn->base = register_number(op->mem.base, &size, &high_byte);
	insn->index = register_number(op->mem.index, &size, &high_byte);
	insn->scale = insn->index == PCIEM_REG_NONE ? 0 : __builtin_ctz(op->mem.scale);
	insn->disp = op->mem.disp;
	insn->rip_relative = op->mem.base == X86_REG_RIP || op->mem.base == X86_REG_EIP;
	if (op->mem.segment == X86_REG_FS)
		insn->segment = PCIEM_SEGMENT_FS;
	else if (op->mem.segment == X86_REG_GS)
		insn->segment = PCIEM_SEGMENT_GS;
}

static bool is_string(u8 op)
{
	return op >= PCIEM_INSN_MOVS && op <= PCIEM_INSN_SCAS;
}

/* Operands in capstone's order are destination first. */
static void set_operands(struct reference *reference, const cs_x86 *x86)
{
	struct pciem_insn *insn = &reference->insn;
	bool memory_first = false, has_register = false, has_immediate = false;
	unsigned int i;

	for (i = 0; i < x86->op_count; i++) {
		const cs_x86_op *op = &x86->operands[i];

		if (op->type == X86_OP_MEM) {
			/* Of MOVS and CMPS the source has the segment. */
			if (!reference->has_memory || op->mem.base == X86_REG_RSI ||
			    op->mem.base == X86_REG_ESI)
				set_memory(insn, op);
			memory_first = memory_first || i == 0;
			reference->has_memory = true;
		} else if (op->type == X86_OP_REG) {
			insn->reg = register_number(op->reg, &insn->reg_size, &insn->high_byte);
			has_register = true;
		} else if (op->type == X86_OP_IMM) {
			insn->imm = op->imm;
			has_immediate = true;
		}
	}
	if (is_string(insn->op)) {
		insn->form = PCIEM_FORM_STRING;
		insn->base = PCIEM_REG_NONE;
		insn->reg_size = insn->size;
	} else if (insn->op >= PCIEM_INSN_ROL && insn->op <= PCIEM_INSN_SAR && has_register) {
		insn->form = PCIEM_FORM_MEM_CL;
	} else if (memory_first) {
		insn->form = has_register ? PCIEM_FORM_MEM_REG :
			     has_immediate ? PCIEM_FORM_MEM_IMM : PCIEM_FORM_MEM;
	} else {
		insn->form = has_immediate ? PCIEM_FORM_REG_MEM_IMM : PCIEM_FORM_REG_MEM;
	}
}

static u8 mov_op(x86_insn id, u8 form)
{
	bool store = form == PCIEM_FORM_MEM_REG;

	if (id == X86_INS_MOVBE)
		return store ? PCIEM_INSN_STORE_BE : PCIEM_INSN_LOAD_BE;
	if (id != X86_INS_MOV && id != X86_INS_MOVABS)
		return PCIEM_INSN_REFUSED;
	if (form == PCIEM_FORM_MEM_IMM)
		return PCIEM_INSN_STORE_IMM;
	return store ? PCIEM_INSN_STORE : PCIEM_INSN_LOAD;
}

/*
 * Capstone forgets LOCK, and takes the operand-size prefix for a part of the
 * opcode, if F2 or F3 is there too. Where these mean nothing (all but CRC32, and
 * for strings only a repetition), what it says without them is right.
 */
static size_t without_rep(const u8 *bytes, u8 *copy)
{
	const u8 *opcode = skip_prefixes(bytes), *next;
	size_t n = 0, removed = 0, left = PCIEM_INSN_MAX_LENGTH - (opcode - bytes);
	bool lock = memchr(bytes, 0xf0, opcode - bytes);
	bool operand_size = memchr(bytes, 0x66, opcode - bytes);
	bool strip = lock || (operand_size && memcmp(opcode, "\x0f\x38", 2) != 0);

	for (next = bytes; next < opcode; next++)
		if (strip && (*next == 0xf2 || *next == 0xf3))
			removed++;
		else
			copy[n++] = *next;
	memcpy(copy + n, opcode, left);
	return removed;
}

/* Decodes with capstone; up to PCIEM_INSN_MAX_LENGTH bytes are read. */
void reference_decode(const u8 *bytes, struct reference *reference)
{
	u8 copy[PCIEM_INSN_MAX_LENGTH];
	size_t removed = without_rep(bytes, copy), left = PCIEM_INSN_MAX_LENGTH - removed;
	struct pciem_insn *insn = &reference->insn;
	const cs_x86 *x86;
	uint64_t address = 0;

	*insn = (struct pciem_insn){ .base = PCIEM_REG_NONE, .index = PCIEM_REG_NONE };
	reference->has_memory = false;
	bytes = copy;
	reference->valid = cs_disasm_iter(handle, &bytes, &left, &address, decoded);
	if (!reference->valid)
		return;
	x86 = &decoded->detail->x86;
	insn->length = decoded->size + removed;
	insn->address_size = x86->addr_size;
	insn->lock = x86->prefix[0] == X86_PREFIX_LOCK || decoded->id == X86_INS_XCHG;
	insn->op = ops[decoded->id];
	set_operands(reference, x86);
	if (!insn->op)
		insn->op = mov_op(decoded->id, insn->form);
	/* IMUL with one operand, and MOV of a segment register, are not claimed. */
	if ((decoded->id == X86_INS_IMUL && x86->op_count == 1) || insn->reg == PCIEM_REG_NONE)
		insn->op = PCIEM_INSN_REFUSED;
	/* It calls every 63 a MOVSXD to 64 bits; SDM: to the operand size. */
	if (decoded->id == X86_INS_MOVSXD && !(x86->rex & 8)) {
		insn->reg_size = x86->prefix[2] == X86_PREFIX_OPSIZE ? 2 : 4;
		insn->size = insn->reg_size;
	}
}

/* The disassembly, valid until the next call. */
const char *reference_text(const u8 *bytes)
{
	static char text[256];
	size_t left = PCIEM_INSN_MAX_LENGTH;
	uint64_t address = 0;

	if (!cs_disasm_iter(handle, &bytes, &left, &address, decoded))
		return "invalid";
	snprintf(text, sizeof(text), "%u bytes, %s %s", decoded->size, decoded->mnemonic,
		 decoded->op_str);
	return text;
}
