/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opcode tables of the decoder (Intel SDM volume 2, appendix A). Included by
 * insn.c only. An opcode without an entry has no ModRM byte.
 */
#ifndef PCIEM_INSN_TABLES_H
#define PCIEM_INSN_TABLES_H

/* Forms that only the tables know; they go on after enum pciem_insn_form. */
enum {
	FORM_OFFSET = 0x10,	/* rax and memory at an address in the instruction */
	FORM_REFUSED,		/* op: enum pciem_insn_reason */
};

/* Flags of an opcode. */
#define BYTE		0x0001	/* 1-byte operands */
#define IMM8		0x0002	/* 1-byte immediate */
#define IMM		0x0004	/* immediate of the operand's size, at most 4 bytes */
#define ONE		0x0008	/* the immediate is 1 and not encoded */
#define LOCKABLE	0x0010	/* may have a LOCK prefix */
#define READS		0x0020	/* reads memory */
#define WRITES		0x0040	/* writes memory */
#define NO_66		0x0080	/* must not have the prefix 66 */
#define NO_REP		0x0100	/* must not have the prefixes F2 and F3 */
#define SOURCE		0x7000	/* bytes of memory if not the operand size ... */
#define SOURCE_UNIT	0x1000	/* ... in units of this */
#define SOURCE_8	(1 * SOURCE_UNIT)
#define SOURCE_16	(2 * SOURCE_UNIT)
#define SOURCE_32	(4 * SOURCE_UNIT)

#define MODIFIES	(READS | WRITES | LOCKABLE)

/* Opcodes that ModRM.reg extends. */
enum {
	GROUP_NONE = 0,
	GROUP_1,
	GROUP_1A,
	GROUP_2,
	GROUP_3,
	GROUP_4,
	GROUP_5,
	GROUP_8,
	GROUP_9,
	GROUP_11,
	GROUP_COUNT,
};

/* Members of a group override the entry's op, add flags, and may set a form. */
struct opcode {
	u8 op;
	u8 form;
	u8 group;
	u16 flags;
};

#define ENTRY(op, form, flags)	{ PCIEM_INSN_##op, PCIEM_FORM_##form, GROUP_NONE, flags }
#define GROUP(number, form, flags)	{ 0, PCIEM_FORM_##form, GROUP_##number, flags }
#define REFUSE(reason, flags)	{ PCIEM_REFUSED_##reason, FORM_REFUSED, GROUP_NONE, flags }
#define OFFSET(op, flags)	{ PCIEM_INSN_##op, FORM_OFFSET, GROUP_NONE, flags }

static const struct opcode opcodes[256] = {
	[0x00] = ENTRY(ADD, MEM_REG, BYTE | MODIFIES),
	[0x01] = ENTRY(ADD, MEM_REG, MODIFIES),
	[0x02] = ENTRY(ADD, REG_MEM, BYTE | READS),
	[0x03] = ENTRY(ADD, REG_MEM, READS),
	[0x08] = ENTRY(OR, MEM_REG, BYTE | MODIFIES),
	[0x09] = ENTRY(OR, MEM_REG, MODIFIES),
	[0x0a] = ENTRY(OR, REG_MEM, BYTE | READS),
	[0x0b] = ENTRY(OR, REG_MEM, READS),
	[0x10] = ENTRY(ADC, MEM_REG, BYTE | MODIFIES),
	[0x11] = ENTRY(ADC, MEM_REG, MODIFIES),
	[0x12] = ENTRY(ADC, REG_MEM, BYTE | READS),
	[0x13] = ENTRY(ADC, REG_MEM, READS),
	[0x18] = ENTRY(SBB, MEM_REG, BYTE | MODIFIES),
	[0x19] = ENTRY(SBB, MEM_REG, MODIFIES),
	[0x1a] = ENTRY(SBB, REG_MEM, BYTE | READS),
	[0x1b] = ENTRY(SBB, REG_MEM, READS),
	[0x20] = ENTRY(AND, MEM_REG, BYTE | MODIFIES),
	[0x21] = ENTRY(AND, MEM_REG, MODIFIES),
	[0x22] = ENTRY(AND, REG_MEM, BYTE | READS),
	[0x23] = ENTRY(AND, REG_MEM, READS),
	[0x28] = ENTRY(SUB, MEM_REG, BYTE | MODIFIES),
	[0x29] = ENTRY(SUB, MEM_REG, MODIFIES),
	[0x2a] = ENTRY(SUB, REG_MEM, BYTE | READS),
	[0x2b] = ENTRY(SUB, REG_MEM, READS),
	[0x30] = ENTRY(XOR, MEM_REG, BYTE | MODIFIES),
	[0x31] = ENTRY(XOR, MEM_REG, MODIFIES),
	[0x32] = ENTRY(XOR, REG_MEM, BYTE | READS),
	[0x33] = ENTRY(XOR, REG_MEM, READS),
	[0x38] = ENTRY(CMP, MEM_REG, BYTE | READS),
	[0x39] = ENTRY(CMP, MEM_REG, READS),
	[0x3a] = ENTRY(CMP, REG_MEM, BYTE | READS),
	[0x3b] = ENTRY(CMP, REG_MEM, READS),
	[0x63] = ENTRY(MOVSX, REG_MEM, READS | SOURCE_32),
	[0x69] = ENTRY(IMUL, REG_MEM_IMM, READS | IMM),
	[0x6b] = ENTRY(IMUL, REG_MEM_IMM, READS | IMM8),
	[0x80] = GROUP(1, MEM_IMM, BYTE | IMM),
	[0x81] = GROUP(1, MEM_IMM, IMM),
	[0x83] = GROUP(1, MEM_IMM, IMM8),
	[0x84] = ENTRY(TEST, MEM_REG, BYTE | READS),
	[0x85] = ENTRY(TEST, MEM_REG, READS),
	[0x86] = ENTRY(XCHG, MEM_REG, BYTE | MODIFIES),
	[0x87] = ENTRY(XCHG, MEM_REG, MODIFIES),
	[0x88] = ENTRY(STORE, MEM_REG, BYTE | WRITES),
	[0x89] = ENTRY(STORE, MEM_REG, WRITES),
	[0x8a] = ENTRY(LOAD, REG_MEM, BYTE | READS),
	[0x8b] = ENTRY(LOAD, REG_MEM, READS),
	[0x8c] = REFUSE(OTHER, 0),
	[0x8d] = REFUSE(NO_MEMORY, 0),
	[0x8e] = REFUSE(OTHER, 0),
	[0x8f] = GROUP(1A, NONE, 0),
	[0xa0] = OFFSET(LOAD, BYTE | READS),
	[0xa1] = OFFSET(LOAD, READS),
	[0xa2] = OFFSET(STORE, BYTE | WRITES),
	[0xa3] = OFFSET(STORE, WRITES),
	[0xa4] = ENTRY(MOVS, STRING, BYTE | READS | WRITES),
	[0xa5] = ENTRY(MOVS, STRING, READS | WRITES),
	[0xa6] = ENTRY(CMPS, STRING, BYTE | READS),
	[0xa7] = ENTRY(CMPS, STRING, READS),
	[0xaa] = ENTRY(STOS, STRING, BYTE | WRITES),
	[0xab] = ENTRY(STOS, STRING, WRITES),
	[0xac] = ENTRY(LODS, STRING, BYTE | READS),
	[0xad] = ENTRY(LODS, STRING, READS),
	[0xae] = ENTRY(SCAS, STRING, BYTE | READS),
	[0xaf] = ENTRY(SCAS, STRING, READS),
	[0xc0] = GROUP(2, MEM_IMM, BYTE | IMM8),
	[0xc1] = GROUP(2, MEM_IMM, IMM8),
	[0xc6] = GROUP(11, MEM_IMM, BYTE | IMM),
	[0xc7] = GROUP(11, MEM_IMM, IMM),
	[0xd0] = GROUP(2, MEM_IMM, BYTE | ONE),
	[0xd1] = GROUP(2, MEM_IMM, ONE),
	[0xd2] = GROUP(2, MEM_CL, BYTE),
	[0xd3] = GROUP(2, MEM_CL, 0),
	[0xd8 ... 0xdf] = REFUSE(VECTOR, 0),
	[0xf6] = GROUP(3, MEM, BYTE),
	[0xf7] = GROUP(3, MEM, 0),
	[0xfe] = GROUP(4, MEM, BYTE),
	[0xff] = GROUP(5, MEM, 0),
};

/* After the byte 0F. */
static const struct opcode opcodes_0f[256] = {
	[0x00 ... 0x03] = REFUSE(OTHER, 0),
	[0x0d] = REFUSE(NO_MEMORY, 0),
	[0x0f] = REFUSE(VECTOR, IMM8),
	[0x10 ... 0x17] = REFUSE(VECTOR, 0),
	[0x18 ... 0x1f] = REFUSE(NO_MEMORY, 0),
	[0x28 ... 0x2f] = REFUSE(VECTOR, 0),
	[0x38] = REFUSE(VECTOR, 0),
	[0x3a] = REFUSE(VECTOR, IMM8),
	[0x40 ... 0x4f] = ENTRY(CMOV, REG_MEM, READS),
	[0x50 ... 0x6f] = REFUSE(VECTOR, 0),
	[0x70 ... 0x73] = REFUSE(VECTOR, IMM8),
	[0x74 ... 0x76] = REFUSE(VECTOR, 0),
	[0x78 ... 0x79] = REFUSE(OTHER, 0),
	[0x7c ... 0x7f] = REFUSE(VECTOR, 0),
	[0x90 ... 0x9f] = ENTRY(SETCC, MEM, BYTE | WRITES),
	[0xa3] = ENTRY(BT, MEM_REG, READS),
	[0xa4] = REFUSE(OTHER, IMM8),
	[0xa5] = REFUSE(OTHER, 0),
	[0xab] = ENTRY(BTS, MEM_REG, MODIFIES),
	[0xac] = REFUSE(OTHER, IMM8),
	[0xad] = REFUSE(OTHER, 0),
	[0xae] = REFUSE(OTHER, 0),
	[0xaf] = ENTRY(IMUL, REG_MEM, READS),
	[0xb0] = ENTRY(CMPXCHG, MEM_REG, BYTE | MODIFIES),
	[0xb1] = ENTRY(CMPXCHG, MEM_REG, MODIFIES),
	[0xb2] = REFUSE(OTHER, 0),
	[0xb3] = ENTRY(BTR, MEM_REG, MODIFIES),
	[0xb4 ... 0xb5] = REFUSE(OTHER, 0),
	[0xb6] = ENTRY(MOVZX, REG_MEM, READS | SOURCE_8),
	[0xb7] = ENTRY(MOVZX, REG_MEM, READS | SOURCE_16),
	[0xb8] = REFUSE(OTHER, 0),
	[0xb9] = REFUSE(INVALID, 0),
	[0xba] = GROUP(8, MEM_IMM, IMM8),
	[0xbb] = ENTRY(BTC, MEM_REG, MODIFIES),
	[0xbc ... 0xbd] = REFUSE(OTHER, 0),
	[0xbe] = ENTRY(MOVSX, REG_MEM, READS | SOURCE_8),
	[0xbf] = ENTRY(MOVSX, REG_MEM, READS | SOURCE_16),
	[0xc0] = ENTRY(XADD, MEM_REG, BYTE | MODIFIES),
	[0xc1] = ENTRY(XADD, MEM_REG, MODIFIES),
	[0xc2] = REFUSE(VECTOR, IMM8),
	[0xc3] = ENTRY(STORE, MEM_REG, WRITES | NO_66 | NO_REP),
	[0xc4 ... 0xc6] = REFUSE(VECTOR, IMM8),
	[0xc7] = GROUP(9, NONE, 0),
	[0xd0 ... 0xfe] = REFUSE(VECTOR, 0),
	[0xff] = REFUSE(INVALID, 0),
};

/* After 0F 38, from opcode F0 on. */
static const struct opcode opcodes_0f38_f0[16] = {
	[0x0] = ENTRY(LOAD_BE, REG_MEM, READS | NO_REP),
	[0x1] = ENTRY(STORE_BE, MEM_REG, WRITES | NO_REP),
	[0x2 ... 0x7] = REFUSE(OTHER, 0),
	[0x8] = REFUSE(WIDE, 0),
	[0x9] = ENTRY(STORE, MEM_REG, WRITES | NO_66 | NO_REP),
	[0xa ... 0xf] = REFUSE(OTHER, 0),
};

/* CRC32 shares its opcodes with MOVBE and has the prefix F2. */
static const struct opcode opcode_crc32 = REFUSE(OTHER, 0);

static const struct opcode groups[GROUP_COUNT][8] = {
	[GROUP_1] = {
		{ PCIEM_INSN_ADD, .flags = MODIFIES },
		{ PCIEM_INSN_OR, .flags = MODIFIES },
		{ PCIEM_INSN_ADC, .flags = MODIFIES },
		{ PCIEM_INSN_SBB, .flags = MODIFIES },
		{ PCIEM_INSN_AND, .flags = MODIFIES },
		{ PCIEM_INSN_SUB, .flags = MODIFIES },
		{ PCIEM_INSN_XOR, .flags = MODIFIES },
		{ PCIEM_INSN_CMP, .flags = READS },
	},
	[GROUP_1A] = {
		REFUSE(STACK, 0),
		[1 ... 7] = REFUSE(INVALID, 0),
	},
	[GROUP_2] = {
		{ PCIEM_INSN_ROL, .flags = READS | WRITES },
		{ PCIEM_INSN_ROR, .flags = READS | WRITES },
		{ PCIEM_INSN_RCL, .flags = READS | WRITES },
		{ PCIEM_INSN_RCR, .flags = READS | WRITES },
		{ PCIEM_INSN_SHL, .flags = READS | WRITES },
		{ PCIEM_INSN_SHR, .flags = READS | WRITES },
		{ PCIEM_INSN_SAL, .flags = READS | WRITES },
		{ PCIEM_INSN_SAR, .flags = READS | WRITES },
	},
	[GROUP_3] = {
		[0 ... 1] = ENTRY(TEST, MEM_IMM, READS | IMM),
		[2] = ENTRY(NOT, MEM, MODIFIES),
		[3] = ENTRY(NEG, MEM, MODIFIES),
		[4 ... 7] = REFUSE(OTHER, 0),
	},
	[GROUP_4] = {
		ENTRY(INC, MEM, MODIFIES),
		ENTRY(DEC, MEM, MODIFIES),
		[2 ... 7] = REFUSE(INVALID, 0),
	},
	[GROUP_5] = {
		ENTRY(INC, MEM, MODIFIES),
		ENTRY(DEC, MEM, MODIFIES),
		[2 ... 6] = REFUSE(STACK, 0),
		[7] = REFUSE(INVALID, 0),
	},
	[GROUP_8] = {
		[0 ... 3] = REFUSE(INVALID, 0),
		[4] = ENTRY(BT, MEM_IMM, READS),
		[5] = ENTRY(BTS, MEM_IMM, MODIFIES),
		[6] = ENTRY(BTR, MEM_IMM, MODIFIES),
		[7] = ENTRY(BTC, MEM_IMM, MODIFIES),
	},
	[GROUP_9] = {
		[0] = REFUSE(INVALID, 0),
		[1] = REFUSE(WIDE, 0),
		[2 ... 7] = REFUSE(OTHER, 0),
	},
	[GROUP_11] = {
		ENTRY(STORE_IMM, MEM_IMM, WRITES),
		[1 ... 7] = REFUSE(INVALID, 0),
	},
};

#endif /* PCIEM_INSN_TABLES_H */
