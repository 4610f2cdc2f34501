// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every claimed instruction on the CPU, thousands of times with random
 * operands, and compares memory, registers and flags with the emulation.
 */
#include <signal.h>

#include "../../../kmod/insn-bits.h"
#include "choose.h"

#define ROUNDS 20000

/* The address as a place in @data, or NULL. */
static u8 *at(u8 *data, u64 address, unsigned int size)
{
	u64 offset = address - (uintptr_t)machine_data;

	return offset <= MACHINE_DATA - size ? data + offset : NULL;
}

static bool emulate_element(const struct pciem_insn *insn, struct machine_state *state, u8 *data)
{
	u8 *source = at(data, pciem_insn_source(insn, state->regs), insn->size);
	u8 *destination = at(data, pciem_insn_destination(insn, state->regs), insn->size);
	u64 value = 0, second = 0;

	if (insn->op == PCIEM_INSN_CMPS) {
		if (!source || !destination)
			return false;
		memcpy(&value, source, insn->size);
		memcpy(&second, destination, insn->size);
		pciem_insn_compare(insn, value, second, &state->flags);
	} else {
		u8 *from = insn->op == PCIEM_INSN_SCAS ? destination : source;

		if ((insn->reads && !from) || (insn->writes && !destination))
			return false;
		if (insn->reads)
			memcpy(&value, from, insn->size);
		value = pciem_insn_execute(insn, value, state->regs, &state->flags);
		if (insn->writes)
			memcpy(destination, &value, insn->size);
	}
	pciem_insn_advance(insn, state->regs, state->flags, 1);
	return true;
}

/* Does what a trap does. False if it writes outside of the data or too much. */
static bool emulate(struct run *run)
{
	const struct pciem_insn *insn = &run->insn;
	struct machine_state *state = &run->state;
	u64 value = 0;
	u8 *memory;

	if (insn->form == PCIEM_FORM_STRING) {
		if (!pciem_insn_count(insn, state->regs))
			return true;
		do {
			if (!emulate_element(insn, state, run->data))
				return false;
		} while (pciem_insn_repeats(insn, state->regs, state->flags));
		return true;
	}
	memory = at(run->data, pciem_insn_address(insn, state->regs, machine_ip_next), insn->size);
	if (!memory)
		return false;
	if (insn->reads)
		memcpy(&value, memory, insn->size);
	value = pciem_insn_execute(insn, value, state->regs, &state->flags);
	if (insn->writes)
		memcpy(memory, &value, insn->size);
	return !insn->writes || value <= mask_of(insn->size);
}

/* The flags that the SDM defines after the instruction. */
static u64 defined_flags(const struct pciem_insn *insn, u64 rcx)
{
	unsigned int count = insn->form == PCIEM_FORM_MEM_CL ? rcx : (u64)insn->imm;
	u64 flags = MACHINE_FLAGS;

	count &= insn->size == 8 ? 63 : 31;
	switch (insn->op) {
	case PCIEM_INSN_AND:
	case PCIEM_INSN_OR:
	case PCIEM_INSN_XOR:
	case PCIEM_INSN_TEST:
		return flags & ~PCIEM_FLAG_AF;
	case PCIEM_INSN_IMUL:
		return PCIEM_FLAG_CF | PCIEM_FLAG_OF;
	case PCIEM_INSN_BT:
	case PCIEM_INSN_BTS:
	case PCIEM_INSN_BTR:
	case PCIEM_INSN_BTC:
		return PCIEM_FLAG_CF | PCIEM_FLAG_ZF;
	case PCIEM_INSN_SHL:
	case PCIEM_INSN_SAL:
	case PCIEM_INSN_SHR:
		if (count >= 8u * insn->size)
			flags &= ~PCIEM_FLAG_CF;
		__attribute__((fallthrough));
	case PCIEM_INSN_SAR:
		if (count)
			flags &= ~PCIEM_FLAG_AF;
		__attribute__((fallthrough));
	case PCIEM_INSN_ROL:
	case PCIEM_INSN_ROR:
	case PCIEM_INSN_RCL:
	case PCIEM_INSN_RCR:
		return count > 1 ? flags & ~PCIEM_FLAG_OF : flags;
	default:
		return flags;
	}
}

static void compare(struct test *test, const struct run *before)
{
	const struct pciem_insn *insn = &before->insn;
	struct machine_state actual = before->state;
	struct run after = *before;
	u64 defined = defined_flags(insn, before->state.regs[1]);
	unsigned int i;
	int number;

	test->cases++;
	if (insn->form != PCIEM_FORM_STRING &&
	    pciem_insn_address(insn, before->state.regs, machine_ip_next) != before->address)
		problem(test, before->bytes, "address %#llx, not %#llx",
			pciem_insn_address(insn, before->state.regs, machine_ip_next),
			before->address);
	else if (!emulate(&after))
		problem(test, before->bytes, "the emulation goes astray");
	memcpy(machine_data, before->data, MACHINE_DATA);
	number = machine_run(before->bytes, insn->length, &actual);
	if (number) {
		problem(test, before->bytes, "the CPU raises %s", strsignal(number));
		return;
	}
	for (i = 0; i < 16; i++)
		if (actual.regs[i] != after.state.regs[i])
			problem(test, before->bytes, "register %u: %#llx, not %#llx", i,
				after.state.regs[i], actual.regs[i]);
	if ((actual.flags ^ after.state.flags) & defined)
		problem(test, before->bytes, "flags: %#llx, not %#llx of %#llx", after.state.flags,
			actual.flags, defined);
	if (memcmp(machine_data, after.data, MACHINE_DATA) != 0)
		problem(test, before->bytes, "memory differs");
}

static bool is_group(const u8 *opcode, size_t length)
{
	u8 byte = opcode[length - 1];

	if (length == 2)
		return byte == 0xba;
	return length == 1 && ((byte >= 0x80 && byte <= 0x83) || byte >> 1 == 0xc0 >> 1 ||
			       byte >> 1 == 0xc6 >> 1 || byte >> 2 == 0xd0 >> 2 ||
			       (byte & 0xf6) == 0xf6);
}

static void test_opcode(const u8 *opcode, size_t length, int extension)
{
	struct test test = { 0 };
	struct run run;
	unsigned int tries;
	u8 op = 0;

	for (tries = 0; test.cases < ROUNDS && tries < 4 * ROUNDS; tries++)
		if (choose_run(&run, opcode, length, extension)) {
			op = run.insn.op;
			compare(&test, &run);
		} else if (tries > 100 && !test.cases) {
			return;
		}
	if (extension < 0)
		finish(&test, "CPU: %s(%s)", hex(opcode, length), op_name(op));
	else
		finish(&test, "CPU: %s/%d (%s)", hex(opcode, length), extension, op_name(op));
}

/* Not every CPU has MOVBE and MOVDIRI. */
static bool cpu_has(const u8 *opcode, size_t length)
{
	struct machine_state state = { .flags = 0x202 };
	u8 bytes[PCIEM_INSN_MAX_LENGTH] = { 0 };
	struct pciem_insn insn;

	memcpy(bytes, opcode, length);
	state.regs[0] = (uintptr_t)machine_data;
	return pciem_insn_decode(bytes, sizeof(bytes), &insn) ||
	       machine_run(bytes, insn.length, &state) != SIGILL;
}

static void test_map(const u8 *escape, size_t length)
{
	u8 opcode[3];
	unsigned int byte, extension;

	memcpy(opcode, escape, length);
	for (byte = 0; byte < 256; byte++) {
		opcode[length] = byte;
		if (length == 0 && (is_prefix(byte) || byte == 0x0f))
			continue;
		if (length == 2 && !cpu_has(opcode, 3))
			printf("skipped - CPU: %s: this CPU does not have it\n", hex(opcode, 3));
		else if (is_group(opcode, length + 1))
			for (extension = 0; extension < 8; extension++)
				test_opcode(opcode, length + 1, extension);
		else
			test_opcode(opcode, length + 1, -1);
	}
}

/* What is refused as invalid must be so for the CPU: capstone differs here. */
static void test_invalid(void)
{
	static const struct {
		const char *bytes;
		u8 length;
	} cases[] = {
		{ "\xf0\x03\x00", 3 }, { "\xf0\x13\x00", 3 }, { "\xf0\x3b\x00", 3 },
		{ "\xf0\x39\x00", 3 }, { "\xf0\x8b\x00", 3 }, { "\xf0\x89\x00", 3 },
		{ "\xf0\xd1\x20", 3 }, { "\xf0\x0f\xa3\x00", 4 }, { "\xf0\x0f\x90\x00", 4 },
		{ "\xf0\x0f\x40\x00", 4 }, { "\xf0\xa4", 2 }, { "\xf0\x0f\xc3\x00", 4 },
		{ "\xf2\x0f\xc3\x00", 4 }, { "\xf3\x0f\xc3\x00", 4 }, { "\x66\x0f\xc3\x00", 4 },
		{ "\x4d\x66\x0f\xc3\x00", 5 }, { "\xf3\x0f\x38\xf0\x00", 5 },
		{ "\x66\xf3\x0f\x38\xf0\x00", 6 },
		{ "\xf0\x0f\x38\xf1\x00", 5 }, { "\xfe\x10", 2 },
		{ "\xff\x38", 2 }, { "\x0f\xba\x00", 3 }, { "\x0f\xb9\x00", 3 },
		{ "\x8f\x08", 2 }, { "\xc6\x08", 2 },
	};
	struct test test = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u8 bytes[PCIEM_INSN_MAX_LENGTH] = { 0 };
		struct machine_state state = { .flags = 0x202 };
		struct pciem_insn insn;

		state.regs[0] = (uintptr_t)machine_data;
		memcpy(bytes, cases[i].bytes, cases[i].length);
		test.cases++;
		if (pciem_insn_decode(bytes, sizeof(bytes), &insn) != PCIEM_INSN_REFUSE ||
		    insn.reason != PCIEM_REFUSED_INVALID)
			problem(&test, bytes, "not refused as invalid");
		if (machine_run(bytes, sizeof(bytes), &state) != SIGILL)
			problem(&test, bytes, "the CPU does not raise #UD");
	}
	finish(&test, "CPU: what is refused as invalid");
}

/* No instruction is longer than 15 bytes, whatever follows. */
static void test_length(void)
{
	struct test test = { 0 };
	unsigned int prefixes;

	for (prefixes = 1; prefixes < 20; prefixes++) {
		struct machine_state state = { .flags = 0x202 };
		bool fits = prefixes + 2 <= PCIEM_INSN_MAX_LENGTH;
		struct pciem_insn insn;
		u8 bytes[64] = { 0 };
		int number;

		/* mov (%rax), %eax; the machine takes no more than 15 bytes of it */
		memset(bytes, 0x3e, prefixes);
		bytes[prefixes] = 0x8b;
		state.regs[0] = (uintptr_t)machine_data;
		test.cases++;
		number = pciem_insn_decode(bytes, sizeof(bytes), &insn);
		if (number != (fits ? 0 : PCIEM_INSN_REFUSE))
			problem(&test, bytes, "%u prefixes", prefixes);
		number = machine_run(bytes, fits ? prefixes + 2 : PCIEM_INSN_MAX_LENGTH, &state);
		if (number != (fits ? 0 : SIGSEGV))
			problem(&test, bytes, "the CPU: %d with %u prefixes", number, prefixes);
	}
	finish(&test, "CPU: the length limit");
}

int main(void)
{
	machine_open();
	test_map(NULL, 0);
	test_map((const u8 *)"\x0f", 1);
	test_map((const u8 *)"\x0f\x38", 2);
	test_invalid();
	test_length();
	return summary();
}
