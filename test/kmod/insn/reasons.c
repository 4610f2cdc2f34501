// SPDX-License-Identifier: GPL-2.0-only
/* What is refused says why, and how long it is, so that a trap can step over it. */
#include "test.h"

static const struct {
	const char *name;
	u8 bytes[8];
	u8 length;
	u8 reason;
} cases[] = {
	{ "movdir64b (%rcx), %rax", { 0x66, 0x0f, 0x38, 0xf8, 0x01 }, 5, PCIEM_REFUSED_WIDE },
	{ "enqcmd (%rcx), %rax", { 0xf2, 0x0f, 0x38, 0xf8, 0x01 }, 5, PCIEM_REFUSED_WIDE },
	{ "enqcmds (%rcx), %rax", { 0xf3, 0x0f, 0x38, 0xf8, 0x01 }, 5, PCIEM_REFUSED_WIDE },
	{ "cmpxchg16b 8(%rsi)", { 0x48, 0x0f, 0xc7, 0x4e, 0x08 }, 5, PCIEM_REFUSED_WIDE },
	{ "movups (%rax), %xmm0", { 0x0f, 0x10, 0x00 }, 3, PCIEM_REFUSED_VECTOR },
	{ "movdqa %xmm1, 4(%rdi)", { 0x66, 0x0f, 0x7f, 0x4f, 0x04 }, 5, PCIEM_REFUSED_VECTOR },
	{ "movntdqa (%rax), %xmm0", { 0x66, 0x0f, 0x38, 0x2a, 0x00 }, 5, PCIEM_REFUSED_VECTOR },
	{ "vmovdqu (%rax), %ymm0", { 0xc5, 0xfe, 0x6f, 0x00 }, 4, PCIEM_REFUSED_VECTOR },
	{ "vmovdqu8 (%rax), %zmm0", { 0x62, 0xf1, 0x7f, 0x48, 0x6f, 0x00 }, 6,
	  PCIEM_REFUSED_VECTOR },
	{ "fld (%rax)", { 0xd9, 0x00 }, 2, PCIEM_REFUSED_VECTOR },
	{ "shlx %ebx, (%rax), %ecx", { 0xc4, 0xe2, 0x61, 0xf7, 0x08 }, 5, PCIEM_REFUSED_OTHER },
	{ "call *(%rax)", { 0xff, 0x10 }, 2, PCIEM_REFUSED_STACK },
	{ "jmp *8(%rax)", { 0xff, 0x60, 0x08 }, 3, PCIEM_REFUSED_STACK },
	{ "push (%rax)", { 0xff, 0x30 }, 2, PCIEM_REFUSED_STACK },
	{ "pop (%rax)", { 0x8f, 0x00 }, 2, PCIEM_REFUSED_STACK },
	{ "div (%rax)", { 0x48, 0xf7, 0x30 }, 3, PCIEM_REFUSED_OTHER },
	{ "popcnt (%rax), %ecx", { 0xf3, 0x0f, 0xb8, 0x08 }, 4, PCIEM_REFUSED_OTHER },
	{ "clflush (%rax)", { 0x0f, 0xae, 0x38 }, 3, PCIEM_REFUSED_OTHER },
	{ "crc32l (%rax), %ecx", { 0xf2, 0x0f, 0x38, 0xf1, 0x08 }, 5, PCIEM_REFUSED_OTHER },
	{ "mov %ds, (%rax)", { 0x8c, 0x18 }, 2, PCIEM_REFUSED_OTHER },
	{ "lea (%rax), %rcx", { 0x48, 0x8d, 0x08 }, 0, PCIEM_REFUSED_NO_MEMORY },
	{ "mov %eax, %ecx", { 0x89, 0xc1 }, 0, PCIEM_REFUSED_NO_MEMORY },
	{ "prefetcht0 (%rax)", { 0x0f, 0x18, 0x08 }, 0, PCIEM_REFUSED_NO_MEMORY },
	{ "ret", { 0xc3 }, 0, PCIEM_REFUSED_NO_MEMORY },
	{ "lock mov %eax, (%rax)", { 0xf0, 0x89, 0x00 }, 0, PCIEM_REFUSED_INVALID },
	{ "ud2", { 0x0f, 0x0b }, 0, PCIEM_REFUSED_NO_MEMORY },
};

int main(void)
{
	struct test test = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u8 bytes[PCIEM_INSN_MAX_LENGTH] = { 0 };
		struct pciem_insn insn;

		memcpy(bytes, cases[i].bytes, sizeof(cases[i].bytes));
		test.cases++;
		if (pciem_insn_decode(bytes, sizeof(bytes), &insn) != PCIEM_INSN_REFUSE)
			problem(&test, bytes, "%s is not refused", cases[i].name);
		if (insn.reason != cases[i].reason)
			problem(&test, bytes, "%s: %s", cases[i].name,
				pciem_insn_reason(insn.reason));
		if (insn.length != cases[i].length)
			problem(&test, bytes, "%s: length %u", cases[i].name, insn.length);
	}
	finish(&test, "refused, with reason and length");
	return summary();
}
