/* SPDX-License-Identifier: GPL-2.0-only */
/* What table.S and forms.c share. */
#ifndef PCIEM_TEST_FORMS_H
#define PCIEM_TEST_FORMS_H

/* struct test_form.what */
#define TEST_READ	1
#define TEST_WRITE	2
#define TEST_REFUSED	4
#define TEST_STRING	8	/* the other two are for rdi, this for rsi: */
#define TEST_READ_SOURCE 16
#define TEST_REPEATED	32
#define TEST_DOWN	64	/* direction flag */

/* Members of struct test_cpu. */
#define TEST_CPU_AX	0
#define TEST_CPU_BX	8
#define TEST_CPU_CX	16
#define TEST_CPU_DX	24
#define TEST_CPU_SI	32
#define TEST_CPU_DI	40
#define TEST_CPU_R8	48
#define TEST_CPU_R9	56
#define TEST_CPU_FLAGS	64

#ifndef __ASSEMBLY__
#include <linux/types.h>

/* Registers before and after a form. */
struct test_cpu {
	u64 ax;
	u64 bx;
	u64 cx;
	u64 dx;
	u64 si;
	u64 di;
	u64 r8;
	u64 r9;
	u64 flags;
};

/**
 * struct test_form - one instruction
 * @name: its text
 * @run: carries it out
 * @size: bytes of its operand
 * @what: TEST_READ and TEST_WRITE, or TEST_REFUSED
 * @flags: those that it defines
 * @feature: what the CPU must have for it, or 0
 */
struct test_form {
	const char *name;
	void (*run)(struct test_cpu *cpu);
	u32 size;
	u32 what;
	u32 flags;
	u32 feature;
};

extern const struct test_form test_forms[];
extern const struct test_form test_forms_end[];
#endif

#endif /* PCIEM_TEST_FORMS_H */
