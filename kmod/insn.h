/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86-64 instructions that access memory through general registers: what a
 * trapped MMIO access can be. Decoding and semantics only; nothing here reads
 * registers or memory of anybody, so it builds and is tested in user space.
 *
 * A trap decodes the instruction, finds the address with pciem_insn_address()
 * (string instructions: pciem_insn_source() and pciem_insn_destination()), reads
 * @size bytes if @reads, calls pciem_insn_execute(), and writes @size bytes if
 * @writes.
 *
 * Registers are numbered as the hardware does: 0 rax, rcx, rdx, rbx, 4 rsp, rbp,
 * rsi, rdi, 8 to 15 r8 to r15.
 */
#ifndef PCIEM_INSN_H
#define PCIEM_INSN_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
#endif

/* No base or index register. */
#define PCIEM_REG_NONE	0xff

/* No instruction is longer (Intel SDM volume 2, 2.3.11). */
#define PCIEM_INSN_MAX_LENGTH	15

/* Results of pciem_insn_decode() other than 0. */
#define PCIEM_INSN_SHORT	(-1)	/* the instruction goes on after the bytes given */
#define PCIEM_INSN_REFUSE	(-2)	/* not emulated; see pciem_insn.reason */

/**
 * enum pciem_insn_op - what the instruction does
 * @PCIEM_INSN_REFUSED: not emulated
 * @PCIEM_INSN_LOAD: register = memory (MOV)
 * @PCIEM_INSN_STORE: memory = register (MOV, MOVNTI, MOVDIRI)
 * @PCIEM_INSN_STORE_IMM: memory = immediate (MOV)
 * @PCIEM_INSN_MOVZX: register = memory, zero extended
 * @PCIEM_INSN_MOVSX: register = memory, sign extended (MOVSX, MOVSXD)
 * @PCIEM_INSN_LOAD_BE: register = memory, bytes reversed (MOVBE)
 * @PCIEM_INSN_STORE_BE: memory = register, bytes reversed (MOVBE)
 * @PCIEM_INSN_CMOV: register = memory if the condition holds; always reads
 * @PCIEM_INSN_SETCC: memory byte = condition
 * @PCIEM_INSN_MOVS: destination = source
 * @PCIEM_INSN_STOS: destination = rax
 * @PCIEM_INSN_LODS: rax = source
 * @PCIEM_INSN_CMPS: flags of source - destination
 * @PCIEM_INSN_SCAS: flags of rax - destination
 * @PCIEM_INSN_ADD: the eight operations from here on are in opcode order
 * @PCIEM_INSN_OR: or
 * @PCIEM_INSN_ADC: add with carry
 * @PCIEM_INSN_SBB: subtract with borrow
 * @PCIEM_INSN_AND: and
 * @PCIEM_INSN_SUB: subtract
 * @PCIEM_INSN_XOR: exclusive or
 * @PCIEM_INSN_CMP: flags of a subtraction
 * @PCIEM_INSN_TEST: flags of an and
 * @PCIEM_INSN_INC: add 1, CF unchanged
 * @PCIEM_INSN_DEC: subtract 1, CF unchanged
 * @PCIEM_INSN_NOT: complement, flags unchanged
 * @PCIEM_INSN_NEG: negate
 * @PCIEM_INSN_ROL: the eight operations from here on are in opcode order
 * @PCIEM_INSN_ROR: rotate right
 * @PCIEM_INSN_RCL: rotate left through carry
 * @PCIEM_INSN_RCR: rotate right through carry
 * @PCIEM_INSN_SHL: shift left
 * @PCIEM_INSN_SHR: shift right
 * @PCIEM_INSN_SAL: shift left, the second encoding
 * @PCIEM_INSN_SAR: shift right, sign kept
 * @PCIEM_INSN_IMUL: register = register or immediate * memory, signed
 * @PCIEM_INSN_XCHG: exchange memory and register
 * @PCIEM_INSN_XADD: exchange, then memory = sum
 * @PCIEM_INSN_CMPXCHG: compare with rax and exchange; always writes
 * @PCIEM_INSN_BT: the four operations from here on are in opcode order
 * @PCIEM_INSN_BTS: test a bit and set it
 * @PCIEM_INSN_BTR: test a bit and reset it
 * @PCIEM_INSN_BTC: test a bit and complement it
 */
enum pciem_insn_op {
	PCIEM_INSN_REFUSED = 0,
	PCIEM_INSN_LOAD,
	PCIEM_INSN_STORE,
	PCIEM_INSN_STORE_IMM,
	PCIEM_INSN_MOVZX,
	PCIEM_INSN_MOVSX,
	PCIEM_INSN_LOAD_BE,
	PCIEM_INSN_STORE_BE,
	PCIEM_INSN_CMOV,
	PCIEM_INSN_SETCC,
	PCIEM_INSN_MOVS,
	PCIEM_INSN_STOS,
	PCIEM_INSN_LODS,
	PCIEM_INSN_CMPS,
	PCIEM_INSN_SCAS,
	PCIEM_INSN_ADD,
	PCIEM_INSN_OR,
	PCIEM_INSN_ADC,
	PCIEM_INSN_SBB,
	PCIEM_INSN_AND,
	PCIEM_INSN_SUB,
	PCIEM_INSN_XOR,
	PCIEM_INSN_CMP,
	PCIEM_INSN_TEST,
	PCIEM_INSN_INC,
	PCIEM_INSN_DEC,
	PCIEM_INSN_NOT,
	PCIEM_INSN_NEG,
	PCIEM_INSN_ROL,
	PCIEM_INSN_ROR,
	PCIEM_INSN_RCL,
	PCIEM_INSN_RCR,
	PCIEM_INSN_SHL,
	PCIEM_INSN_SHR,
	PCIEM_INSN_SAL,
	PCIEM_INSN_SAR,
	PCIEM_INSN_IMUL,
	PCIEM_INSN_XCHG,
	PCIEM_INSN_XADD,
	PCIEM_INSN_CMPXCHG,
	PCIEM_INSN_BT,
	PCIEM_INSN_BTS,
	PCIEM_INSN_BTR,
	PCIEM_INSN_BTC,
};

/**
 * enum pciem_insn_form - where the operands are
 * @PCIEM_FORM_NONE: refused before the operands were known
 * @PCIEM_FORM_MEM: memory only
 * @PCIEM_FORM_MEM_REG: memory op= register; also XCHG, XADD, CMPXCHG
 * @PCIEM_FORM_MEM_IMM: memory op= immediate
 * @PCIEM_FORM_MEM_CL: memory shifted by cl
 * @PCIEM_FORM_REG_MEM: register op= memory
 * @PCIEM_FORM_REG_MEM_IMM: register = memory op immediate
 * @PCIEM_FORM_STRING: rsi and/or rdi, and rax
 */
enum pciem_insn_form {
	PCIEM_FORM_NONE = 0,
	PCIEM_FORM_MEM,
	PCIEM_FORM_MEM_REG,
	PCIEM_FORM_MEM_IMM,
	PCIEM_FORM_MEM_CL,
	PCIEM_FORM_REG_MEM,
	PCIEM_FORM_REG_MEM_IMM,
	PCIEM_FORM_STRING,
};

/**
 * enum pciem_insn_reason - why an instruction is refused
 * @PCIEM_REFUSED_NOT: it is not
 * @PCIEM_REFUSED_INVALID: the CPU would raise #UD, or no such instruction
 * @PCIEM_REFUSED_NO_MEMORY: accesses no memory through a ModRM operand
 * @PCIEM_REFUSED_VECTOR: x87, MMX, SSE or AVX
 * @PCIEM_REFUSED_WIDE: more than 8 bytes (MOVDIR64B, ENQCMD, CMPXCHG16B)
 * @PCIEM_REFUSED_STACK: call, jump, push or pop through memory
 * @PCIEM_REFUSED_OTHER: a real access that is not emulated
 */
enum pciem_insn_reason {
	PCIEM_REFUSED_NOT = 0,
	PCIEM_REFUSED_INVALID,
	PCIEM_REFUSED_NO_MEMORY,
	PCIEM_REFUSED_VECTOR,
	PCIEM_REFUSED_WIDE,
	PCIEM_REFUSED_STACK,
	PCIEM_REFUSED_OTHER,
};

/**
 * enum pciem_insn_segment - segment whose base is added to the address
 * @PCIEM_SEGMENT_NONE: one with base 0
 * @PCIEM_SEGMENT_FS: fs
 * @PCIEM_SEGMENT_GS: gs
 */
enum pciem_insn_segment {
	PCIEM_SEGMENT_NONE = 0,
	PCIEM_SEGMENT_FS,
	PCIEM_SEGMENT_GS,
};

/* EFLAGS bits (Intel SDM volume 1, 3.4.3). */
#define PCIEM_FLAG_CF	0x001
#define PCIEM_FLAG_PF	0x004
#define PCIEM_FLAG_AF	0x010
#define PCIEM_FLAG_ZF	0x040
#define PCIEM_FLAG_SF	0x080
#define PCIEM_FLAG_DF	0x400
#define PCIEM_FLAG_OF	0x800

/**
 * struct pciem_insn - a decoded instruction
 * @length: bytes; 0 for PCIEM_REFUSED_INVALID and PCIEM_REFUSED_NO_MEMORY
 * @op: enum pciem_insn_op
 * @form: enum pciem_insn_form
 * @reason: enum pciem_insn_reason
 * @size: bytes of memory read or written, 1, 2, 4 or 8
 * @reg_size: bytes of the register operand, 1, 2, 4 or 8
 * @reg: number of the register operand, rax for string instructions
 * @condition: CMOV and SETCC: the condition, as in the opcode
 * @high_byte: the register operand is ah, ch, dh or bh (and @reg 0 to 3)
 * @reads: memory is read
 * @writes: memory is written
 * @lock: LOCK prefix, or XCHG
 * @rep: 0xf3 or 0xf2 if the instruction has a REP or REPNE prefix, else 0
 * @segment: enum pciem_insn_segment; string instructions: for the source
 * @address_size: 8, or 4 with an address-size prefix
 * @base: register number or PCIEM_REG_NONE
 * @index: register number or PCIEM_REG_NONE
 * @scale: the index is shifted left by this, 0 to 3
 * @rip_relative: the displacement counts from the next instruction
 * @disp: displacement, sign extended
 * @imm: immediate, sign extended
 *
 * Of a refused instruction with a memory operand, @length and the fields of the
 * address are valid too if @length is not 0.
 */
struct pciem_insn {
	u8 length;
	u8 op;
	u8 form;
	u8 reason;
	u8 size;
	u8 reg_size;
	u8 reg;
	u8 condition;
	bool high_byte;
	bool reads;
	bool writes;
	bool lock;
	u8 rep;
	u8 segment;
	u8 address_size;
	u8 base;
	u8 index;
	u8 scale;
	bool rip_relative;
	s64 disp;
	s64 imm;
};

/* insn.c */
int pciem_insn_decode(const u8 *bytes, size_t n, struct pciem_insn *insn);
const char *pciem_insn_reason(u8 reason);

/* insn-alu.c */
u64 pciem_insn_alu(u8 op, u64 a, u64 b, unsigned int size, u64 *flags);

/* insn-execute.c: addresses and registers */
u64 pciem_insn_address(const struct pciem_insn *insn, const u64 regs[16], u64 ip_next);
u64 pciem_insn_register(const struct pciem_insn *insn, u64 value);
u64 pciem_insn_merge(const struct pciem_insn *insn, u64 old, u64 value);
u64 pciem_insn_loaded(const struct pciem_insn *insn, u64 old, u64 memory);

/* insn-execute.c: semantics */
u64 pciem_insn_execute(const struct pciem_insn *insn, u64 memory, u64 regs[16], u64 *flags);

/* insn-string.c */
u64 pciem_insn_source(const struct pciem_insn *insn, const u64 regs[16]);
u64 pciem_insn_destination(const struct pciem_insn *insn, const u64 regs[16]);
u64 pciem_insn_count(const struct pciem_insn *insn, const u64 regs[16]);
void pciem_insn_advance(const struct pciem_insn *insn, u64 regs[16], u64 flags, u64 count);
void pciem_insn_compare(const struct pciem_insn *insn, u64 source, u64 destination, u64 *flags);
bool pciem_insn_repeats(const struct pciem_insn *insn, const u64 regs[16], u64 flags);

#endif /* PCIEM_INSN_H */
