// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the decoder with capstone: every opcode of every map, with prefixes,
 * ModRM, SIB and displacements. "compare full" takes the whole product for the
 * opcodes that are claimed.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "../../../kmod/insn-bits.h"
#include "reference.h"

/* An opcode in its map, as bytes. */
struct opcode {
	u8 bytes[5];
	u8 length;
};

struct counts {
	struct test test;
	unsigned long accepted;
	u8 op;
};

static unsigned long accepted_by_op[PCIEM_INSN_BTC + 1];

/* The end of memory: whatever reads beyond it dies. */
static u8 *memory_end;

/* What follows ModRM and SIB: displacements and immediates of all sizes. */
static const u8 tails[][12] = {
	{ 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x11, 0x22, 0x33, 0x44 },
	{ 0xff, 0xfe, 0xfd, 0xfc, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87 },
	{ 0 },
	{ 0x7f, 0xff, 0xff, 0x7f, 0x7f, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f },
	{ 0x80, 0x00, 0x00, 0x80, 0x80, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80 },
};

static void check_operands(struct test *test, const u8 *bytes, const struct pciem_insn *insn,
			   const struct pciem_insn *expected)
{
#define CHECK(field) \
	do { \
		if (insn->field != expected->field) \
			problem(test, bytes, "%s is %lld, not %lld: %s", #field, \
				(long long)insn->field, (long long)expected->field, \
				reference_text(bytes)); \
	} while (0)
	CHECK(length);
	CHECK(op);
	CHECK(form);
	CHECK(size);
	CHECK(lock);
	CHECK(address_size);
	CHECK(base);
	CHECK(index);
	CHECK(scale);
	CHECK(rip_relative);
	CHECK(segment);
	if (insn->form == PCIEM_FORM_MEM_REG || insn->form == PCIEM_FORM_REG_MEM ||
	    insn->form == PCIEM_FORM_REG_MEM_IMM) {
		CHECK(reg);
		CHECK(reg_size);
		CHECK(high_byte);
	}
	if (insn->form == PCIEM_FORM_MEM_IMM || insn->form == PCIEM_FORM_REG_MEM_IMM) {
		bool number = insn->op >= PCIEM_INSN_ROL && insn->op != PCIEM_INSN_IMUL;

		if ((insn->imm ^ expected->imm) & mask_of(number ? 1 : insn->size))
			problem(test, bytes, "imm is %#llx: %s", insn->imm, reference_text(bytes));
	}
#undef CHECK
	/* Capstone extends neither a 32-bit address nor an immediate. */
	if ((insn->disp ^ expected->disp) & mask_of(insn->address_size))
		problem(test, bytes, "disp is %#llx: %s", insn->disp, reference_text(bytes));
}

/* Where capstone 4.0 is wrong, and the Intel SDM says what we do. */
static bool is_exception(const u8 *bytes, const struct pciem_insn *insn)
{
	const u8 *opcode = skip_prefixes(bytes);
	bool refused = insn->reason == PCIEM_REFUSED_INVALID;

	/* LOCK needs a memory destination: it lets through ADD to XOR with a register. */
	if (opcode[0] < 0x40 && (opcode[0] & 6) == 2)
		return refused && insn->lock;
	if (opcode[0] != 0x0f)
		return false;
	/* MOVNTI does not exist with 66, F2 and F3; the test cpu.c proves it. */
	if (opcode[1] == 0xc3)
		return refused;
	if (opcode[1] != 0x38)
		return false;
	/* It does not know MOVDIRI. */
	if (opcode[2] == 0xf9)
		return insn->op == PCIEM_INSN_STORE;
	/* CRC32 of 16 bits, 66 F2 0F 38 F1, is a MOVBE to it, and so is F3. */
	if (insn->rep == 0xf3)
		return refused;
	return insn->reason == PCIEM_REFUSED_OTHER && insn->rep == 0xf2;
}

/* Decodes @n bytes that are followed by nothing. */
static int decode_at_end(const u8 *bytes, size_t n)
{
	struct pciem_insn insn;

	memcpy(memory_end - n, bytes, n);
	return pciem_insn_decode(memory_end - n, n, &insn);
}

static void compare(struct counts *counts, const u8 *bytes)
{
	struct test *test = &counts->test;
	struct reference reference;
	struct pciem_insn insn;
	int result = pciem_insn_decode(bytes, PCIEM_INSN_MAX_LENGTH, &insn);

	test->cases++;
	reference_decode(bytes, &reference);
	if (result == 0) {
		counts->accepted++;
		counts->op = insn.op;
		accepted_by_op[insn.op]++;
		if (decode_at_end(bytes, insn.length) ||
		    decode_at_end(bytes, insn.length - 1) != PCIEM_INSN_SHORT)
			problem(test, bytes, "the length is not what it needs");
		if (!reference.valid && !is_exception(bytes, &insn))
			problem(test, bytes, "accepted as %s, but invalid", op_name(insn.op));
		else if (reference.valid)
			check_operands(test, bytes, &insn, &reference.insn);
	} else if (result != PCIEM_INSN_REFUSE) {
		problem(test, bytes, "result %d: %s", result, reference_text(bytes));
	} else if (reference.valid) {
		if (reference.insn.op && reference.has_memory &&
		    !is_exception(bytes, &insn))
			problem(test, bytes, "refused (%s): %s", pciem_insn_reason(insn.reason),
				reference_text(bytes));
		if (insn.length && insn.length != reference.insn.length)
			problem(test, bytes, "refused, length %u: %s", insn.length,
				reference_text(bytes));
	}
}

static void compare_modrm(struct counts *counts, const u8 *prefixes, size_t n,
			  const struct opcode *opcode, u8 modrm, u8 sib)
{
	u8 bytes[PCIEM_INSN_MAX_LENGTH + 16];
	u8 *next = bytes;
	const u8 *tail = tails[counts->test.cases % ARRAY_SIZE(tails)];

	memcpy(next, prefixes, n);
	next += n;
	memcpy(next, opcode->bytes, opcode->length);
	next += opcode->length;
	*next++ = modrm;
	if (modrm >> 6 != 3 && (modrm & 7) == 4)
		*next++ = sib;
	memcpy(next, tail, sizeof(tails[0]));
	compare(counts, bytes);
}

/* All ModRM bytes, with all SIB bytes where there is one. */
static void compare_all_modrm(struct counts *counts, const u8 *prefixes, size_t n,
			      const struct opcode *opcode)
{
	unsigned int modrm, sib;

	for (modrm = 0; modrm < 256; modrm++)
		for (sib = 0; sib < 256; sib++) {
			compare_modrm(counts, prefixes, n, opcode, modrm, sib);
			if (modrm >> 6 == 3 || (modrm & 7) != 4)
				break;
		}
}

/* All values of ModRM.reg with an operand of each kind. */
static void compare_some_modrm(struct counts *counts, const u8 *prefixes, size_t n,
			       const struct opcode *opcode)
{
	static const u8 operands[][2] = {
		{ 0x00, 0 }, { 0x05, 0 }, { 0x04, 0x25 }, { 0x44, 0x24 }, { 0x84, 0xe1 },
		{ 0xc3, 0 },
	};
	unsigned int reg, i;

	for (reg = 0; reg < 8; reg++)
		for (i = 0; i < ARRAY_SIZE(operands); i++)
			compare_modrm(counts, prefixes, n, opcode, operands[i][0] | reg << 3,
				      operands[i][1]);
}

/* Every combination of prefixes; REX last, or, where it does not count, first. */
static void compare_prefixes(struct counts *counts, const struct opcode *opcode, bool full)
{
	static const u8 segments[] = { 0, 0x64, 0x65, 0x2e, 0x36, 0x3e, 0x26 };
	static const u8 reps[] = { 0, 0xf2, 0xf3 };
	unsigned int i, rex;

	for (i = 0; i < 2 * 2 * 2 * 3 * 7; i++)
		for (rex = 0x3f; rex < 0x51; rex++) {
			u8 prefixes[8];
			size_t n = 0;

			if (rex == 0x50)
				prefixes[n++] = 0x4d;
			if (i & 1)
				prefixes[n++] = 0x66;
			if (i & 2)
				prefixes[n++] = 0x67;
			if (i & 4)
				prefixes[n++] = 0xf0;
			if (reps[i / 8 % 3])
				prefixes[n++] = reps[i / 8 % 3];
			if (segments[i / 24])
				prefixes[n++] = segments[i / 24];
			if (rex >= 0x40 && rex < 0x50)
				prefixes[n++] = rex;
			if (full)
				compare_all_modrm(counts, prefixes, n, opcode);
			else
				compare_some_modrm(counts, prefixes, n, opcode);
		}
}

static void compare_opcode(struct counts *counts, const struct opcode *opcode, bool full)
{
	static const u8 prefixes[] = {
		0x40, 0x41, 0x42, 0x44, 0x48, 0x4f, 0x66, 0x67, 0xf2, 0xf3,
	};
	unsigned int i;

	compare_all_modrm(counts, NULL, 0, opcode);
	if (!counts->accepted) {
		for (i = 0; i < sizeof(prefixes); i++)
			compare_some_modrm(counts, &prefixes[i], 1, opcode);
		return;
	}
	compare_prefixes(counts, opcode, full);
	for (i = 0; i < sizeof(prefixes); i++)
		compare_all_modrm(counts, &prefixes[i], 1, opcode);
}

static void compare_map(const u8 *escape, u8 length, const char *name, bool full)
{
	struct opcode opcode = { .length = length + 1 };
	struct counts refused = { 0 };
	unsigned int byte;

	memcpy(opcode.bytes, escape, length);
	for (byte = 0; byte < 256; byte++) {
		struct counts counts = { 0 };

		if ((length == 0 && (is_prefix(byte) || byte == 0x0f)) ||
		    (length == 1 && (byte == 0x38 || byte == 0x3a)))
			continue;
		opcode.bytes[length] = byte;
		compare_opcode(&counts, &opcode, full);
		if (counts.accepted) {
			finish(&counts.test, "capstone: %s(%s), %lu accepted",
			       hex(opcode.bytes, opcode.length), op_name(counts.op),
			       counts.accepted);
		} else {
			refused.test.cases += counts.test.cases;
			refused.test.problems += counts.test.problems;
		}
	}
	finish(&refused.test, "capstone: opcodes of the map %s that are refused", name);
}

/* VEX and EVEX: all opcodes of all maps, of which we only claim the length. */
static void compare_vex(u8 first)
{
	static const u8 vector_lengths[] = { 0x08, 0x28, 0x48 };
	struct counts counts = { 0 };
	unsigned int i, byte;

	for (i = 0; i < 4 * 3 * 2 * 3; i++) {
		u8 pp = i & 3, map = 1 + i / 4 % 3, w = i / 12 % 2 << 7;
		struct opcode opcode = { 0 };
		u8 *next = opcode.bytes;

		*next++ = first;
		if (first == 0xc5) {
			*next++ = 0xf8 | pp | (map & 1) << 2;
		} else {
			*next++ = (first == 0xc4 ? 0xe0 : 0xf0) | map;
			/* The bit 2 is L of VEX, and always set in EVEX. */
			*next++ = w | (first == 0xc4 && i / 24 == 0 ? 0x78 : 0x7c) | pp;
		}
		if (first == 0x62)
			*next++ = vector_lengths[i / 24];
		opcode.length = next + 1 - opcode.bytes;
		for (byte = 0; byte < 256; byte++) {
			*next = byte;
			compare_some_modrm(&counts, NULL, 0, &opcode);
		}
	}
	if (counts.accepted)
		problem(&counts.test, NULL, "%lu were accepted", counts.accepted);
	finish(&counts.test, "capstone: instructions that start with %02x are refused", first);
}

static void open_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	u8 *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE)) {
		perror("cannot map memory");
		exit(1);
	}
	memory_end = pages + page;
}

int main(int argc, char **argv)
{
	bool full = argc > 1 && strcmp(argv[1], "full") == 0;
	struct test missing = { 0 };
	unsigned int op;

	reference_open();
	open_memory();
	compare_map(NULL, 0, "one byte", full);
	compare_map((const u8 *)"\x0f", 1, "0f", full);
	compare_map((const u8 *)"\x0f\x38", 2, "0f 38", full);
	compare_map((const u8 *)"\x0f\x3a", 2, "0f 3a", full);
	compare_vex(0xc4);
	compare_vex(0xc5);
	compare_vex(0x62);
	for (op = PCIEM_INSN_REFUSED + 1; op <= PCIEM_INSN_BTC; op++) {
		missing.cases++;
		if (!accepted_by_op[op])
			problem(&missing, NULL, "%s was never accepted", op_name(op));
	}
	finish(&missing, "capstone: every operation was met");
	return summary();
}
