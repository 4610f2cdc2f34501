// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs each form of table.S twice: on memory, where the CPU carries it out, and
 * on the BAR, where pciem does. Registers, defined flags and the memory have to
 * come out the same.
 */
#include <linux/irqflags.h>
#include <linux/string.h>
#include <asm/cpufeature.h>

#include "forms.h"
#include "test.h"

#define AREA		24	/* bytes: 8 before and 8 after the operand */
#define OPERAND		8

static const u64 patterns[] = { 0x8877665544332211ULL, 0x7f01fe80a55ac381ULL };

struct run {
	struct test_device *test;
	const struct test_form *form;
	u64 offset;		/* of the area in the BAR */
	unsigned int shift;	/* of the operand from OPERAND */
	u64 pattern;
	bool equal;		/* rax holds what is in memory */
	bool atomic;
};

static struct test_cpu registers(const struct run *run, u64 address, u64 memory)
{
	return (struct test_cpu){
		.ax = run->equal ? memory : 0xa1a2a3a4a5a6a7a8ULL ^ run->pattern,
		.bx = 0xb1b2b3b4b5b6b7b8ULL,
		.cx = 3,
		.dx = 0xd1d2d3d4d5d6d7d8ULL,
		.si = address - 8,
		.di = address,
		.r8 = 0x0181828384858687ULL ^ run->pattern,
		.r9 = 2,
		.flags = run->equal ? 0x8d5 : 0,
	};
}

static void carry_out(const struct run *run, struct test_cpu *cpu)
{
	unsigned long flags;

	if (run->atomic)
		local_irq_save(flags);
	run->form->run(cpu);
	if (run->atomic)
		local_irq_restore(flags);
}

/* A register that held an address: by how much it has changed. */
static bool same_registers(const struct test_cpu *a, const struct test_cpu *b, u64 distance,
			   u32 flags)
{
	/* edi as a destination has lost the address. */
	bool same_di = a->di == b->di || a->di + distance == b->di;

	return a->ax == b->ax && a->bx == b->bx && a->cx == b->cx &&
	       (a->dx == b->dx || a->dx + distance == b->dx) &&
	       a->si + distance == b->si && same_di && a->r8 == b->r8 && a->r9 == b->r9 &&
	       !((a->flags ^ b->flags) & flags);
}

static u64 load(const u8 *bytes, unsigned int size)
{
	u64 value = 0;

	memcpy(&value, bytes, size);
	return value;
}

static void report(const struct run *run, const char *what, const struct test_cpu *good,
		   const struct test_cpu *bad)
{
	test_check(run->test, false,
		   "%s%s at %llx+%u, pattern %llx: %s: ax %llx not %llx, bx %llx/%llx, dx %llx/%llx, r8 %llx/%llx, flags %llx/%llx",
		   run->form->name, run->atomic ? " (atomic)" : "", run->offset, run->shift,
		   run->pattern, what, bad->ax, good->ax, bad->bx, good->bx, bad->dx, good->dx,
		   bad->r8, good->r8, bad->flags, good->flags);
}

static void fill(const struct run *run, u64 *area)
{
	unsigned int i;

	for (i = 0; i < AREA / 8; i++) {
		area[i] = run->pattern + i * 0x0101010101010101ULL;
		test_write(run->test, run->offset + i * 8, area[i]);
	}
}

static bool same_area(const struct run *run, const u64 *area)
{
	bool same = true;
	unsigned int i;

	/* What is forwarded the device compares, write by write. */
	if (run->offset < TEST_FORWARDED_END)
		return true;
	for (i = 0; i < AREA / 8; i++)
		same &= test_read(run->test, run->offset + i * 8) == area[i];
	return same;
}

static void compare(const struct run *run)
{
	const struct test_form *form = run->form;
	unsigned int at = OPERAND + run->shift;
	u64 area[AREA / 8], address = (__force u64)run->test->bar + run->offset + at;
	u8 *operand = (u8 *)area + at;
	struct test_cpu good, bad;
	u64 before;

	fill(run, area);
	before = load(operand, form->size);
	good = registers(run, (u64)operand, before);
	bad = registers(run, address, before);
	carry_out(run, &good);
	if (form->what & TEST_READ)
		test_expect(run->test, 'r', run->offset + at, form->size, before);
	if (form->what & TEST_WRITE)
		test_expect(run->test, 'w', run->offset + at, form->size,
			    load(operand, form->size));
	carry_out(run, &bad);
	if (!same_registers(&good, &bad, address - (u64)operand, form->flags))
		report(run, "registers", &good, &bad);
	else if (!same_area(run, area))
		report(run, "memory", &good, &bad);
	else
		run->test->passed++;
}

/* Nothing happens: no access, and no register changes. */
static void refuse(const struct run *run)
{
	u64 area[AREA / 8], address = (__force u64)run->test->bar + run->offset + OPERAND;
	struct test_cpu before, after;

	fill(run, area);
	before = registers(run, address, 0);
	/* Where the operand is rsi, it is memory. */
	before.si = (u64)area;
	after = before;
	carry_out(run, &after);
	if (memcmp(&before, &after, offsetof(struct test_cpu, flags)))
		report(run, "registers", &before, &after);
	else if (!same_area(run, area))
		report(run, "memory", &before, &after);
	else
		run->test->passed++;
}

static void run_form(struct run *run)
{
	unsigned int i;

	if (run->form->feature && !boot_cpu_has(run->form->feature)) {
		test_print(run->test->report, "skipped, the CPU has it not: %s\n", run->form->name);
		return;
	}
	if (run->form->what == TEST_REFUSED) {
		run->pattern = patterns[0];
		refuse(run);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		run->pattern = patterns[i];
		run->equal = i;
		/* The second one crosses a dword or two; with LOCK that may be #AC. */
		run->shift = strstarts(run->form->name, "lock") ? 0 : i * 3;
		compare(run);
	}
}

void test_all_forms(struct test_device *test, u64 offset, bool atomic)
{
	struct run run = { .test = test, .offset = offset, .atomic = atomic };

	for (run.form = test_forms; run.form < test_forms_end; run.form++)
		if (!(run.form->what & TEST_STRING))
			run_form(&run);
}
