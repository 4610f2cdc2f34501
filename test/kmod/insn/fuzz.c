// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes, any length, any registers. The input begins with
 * the instruction; all of it also serves as registers and memory.
 */
#include "../../../kmod/insn-bits.h"
#include "test.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void expect(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "does not hold: %s\n", what);
		abort();
	}
}

static bool is_register(u8 reg)
{
	return reg < 16 || reg == PCIEM_REG_NONE;
}

static void check_fields(const struct pciem_insn *insn)
{
	expect(insn->length >= 1 && insn->length <= PCIEM_INSN_MAX_LENGTH, "a length");
	expect(insn->op > PCIEM_INSN_REFUSED && insn->op <= PCIEM_INSN_BTC, "an operation");
	expect(insn->form > PCIEM_FORM_NONE && insn->form <= PCIEM_FORM_STRING, "a form");
	expect(insn->reason == PCIEM_REFUSED_NOT, "no reason");
	expect(insn->size == 1 || insn->size == 2 || insn->size == 4 || insn->size == 8, "a size");
	expect(insn->reg_size >= insn->size && insn->reg_size <= 8, "a register size");
	expect(insn->reg < 16 && is_register(insn->base) && is_register(insn->index), "registers");
	expect(!insn->high_byte || (insn->reg < 4 && insn->reg_size == 1), "ah, ch, dh or bh");
	expect(insn->index != 4 && insn->scale < 4 && insn->condition < 16, "operands");
	expect(insn->address_size == 4 || insn->address_size == 8, "an address size");
	expect(insn->reads || insn->writes, "an access");
	expect(!insn->lock || (insn->reads && insn->writes), "a locked access");
}

static void execute(const struct pciem_insn *insn, const u8 *data, size_t size)
{
	u64 regs[16] = { 0 }, flags = 0, memory = 0, result;

	memcpy(regs, data, size < sizeof(regs) ? size : sizeof(regs));
	memcpy(&memory, data + size / 2, size - size / 2 < 8 ? size - size / 2 : 8);
	flags = regs[size % 16];
	memory &= mask_of(insn->size);
	if (insn->form == PCIEM_FORM_STRING) {
		pciem_insn_source(insn, regs);
		pciem_insn_destination(insn, regs);
		pciem_insn_compare(insn, memory, regs[3], &flags);
		pciem_insn_advance(insn, regs, flags, pciem_insn_count(insn, regs));
		expect(!pciem_insn_repeats(insn, regs, flags), "an end");
	}
	expect(insn->address_size == 8 || pciem_insn_address(insn, regs, memory) <= 0xffffffff,
	       "a 32-bit address");
	result = pciem_insn_execute(insn, memory, regs, &flags);
	expect(!insn->writes || result <= mask_of(insn->size), "a result of the operand's size");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct pciem_insn insn, again;
	int result = pciem_insn_decode(data, size, &insn);

	switch (result) {
	case 0:
		check_fields(&insn);
		expect(insn.length <= size, "the length within the bytes");
		expect(pciem_insn_decode(data, insn.length, &again) == 0, "enough bytes");
		expect(memcmp(&insn, &again, sizeof(insn)) == 0, "the same instruction");
		expect(pciem_insn_decode(data, insn.length - 1, &again) == PCIEM_INSN_SHORT,
		       "no byte too many");
		execute(&insn, data, size);
		break;
	case PCIEM_INSN_SHORT:
		expect(size < PCIEM_INSN_MAX_LENGTH, "a short instruction");
		break;
	case PCIEM_INSN_REFUSE:
		expect(insn.op == PCIEM_INSN_REFUSED && insn.reason, "a reason");
		expect(insn.length <= size && insn.length <= PCIEM_INSN_MAX_LENGTH, "a length");
		expect(pciem_insn_reason(insn.reason)[0], "a text");
		break;
	default:
		expect(false, "a result");
	}
	return 0;
}
