// SPDX-License-Identifier: GPL-2.0-only
/*
 * String instructions, as forms.c does it: on memory and on the BAR; upwards and
 * downwards; with either operand ours, or both.
 */
#include <linux/irqflags.h>
#include <linux/string.h>

#include "forms.h"
#include "test.h"

#define BYTES		96
#define MIDDLE		48	/* where both directions begin */
#define SOURCE_AT	0x00	/* in the BAR, from the offset that is tested */
#define DESTINATION_AT	0x80

struct string_run {
	struct test_device *test;
	const struct test_form *form;
	u64 offset;
	bool atomic;
	bool source_ours;
	bool destination_ours;
	unsigned int count;
};

struct strings {
	u8 source[BYTES] __aligned(8);
	u8 destination[BYTES] __aligned(8);
};

static void fill(struct strings *strings)
{
	unsigned int i;

	for (i = 0; i < BYTES; i++) {
		strings->source[i] = i * 37 + 0x81;
		strings->destination[i] = strings->source[i];
	}
	/* Where comparisons end, in either direction. */
	strings->destination[MIDDLE + 12] ^= 0x55;
	strings->destination[MIDDLE - 12] ^= 0x55;
}

static void write_bar(const struct string_run *run, u64 at, const u8 *bytes)
{
	unsigned int i;

	for (i = 0; i < BYTES; i += 8)
		test_write(run->test, run->offset + at + i, *(const u64 *)(bytes + i));
}

static bool same_bar(const struct string_run *run, u64 at, const u8 *bytes)
{
	bool same = true;
	unsigned int i;

	/* What is forwarded the device compares, write by write. */
	if (run->offset < TEST_FORWARDED_END)
		return true;
	for (i = 0; i < BYTES; i += 8)
		same &= test_read(run->test, run->offset + at + i) == *(const u64 *)(bytes + i);
	return same;
}

static int step(const struct test_form *form)
{
	return form->what & TEST_DOWN ? -(int)form->size : (int)form->size;
}

static struct test_cpu registers(const struct string_run *run, u64 source, u64 destination,
				 const struct strings *strings)
{
	struct test_cpu cpu = {
		.cx = run->count,
		.si = source + MIDDLE,
		.di = destination + MIDDLE,
		.ax = 0xa1a2a3a4a5a6a7a8ULL,
	};

	/* What a search finds; a comparison of equals goes one element further. */
	memcpy(&cpu.ax, strings->destination + MIDDLE + 3 * step(run->form), run->form->size);
	return cpu;
}

static void carry_out(const struct string_run *run, struct test_cpu *cpu)
{
	unsigned long flags;

	if (run->atomic)
		local_irq_save(flags);
	run->form->run(cpu);
	if (run->atomic)
		local_irq_restore(flags);
}

static void expect(const struct string_run *run, char what, u64 at, const u8 *bytes, int index)
{
	u64 value = 0;

	memcpy(&value, bytes + index, run->form->size);
	test_expect(run->test, what, run->offset + at + index, run->form->size, value);
}

/* @after: the memory as it is when @count elements are done. */
static void expect_all(const struct string_run *run, const struct strings *after, u64 count)
{
	const struct test_form *form = run->form;
	int index = MIDDLE;

	for (; count--; index += step(form)) {
		if (run->source_ours && form->what & TEST_READ_SOURCE)
			expect(run, 'r', SOURCE_AT, after->source, index);
		if (!run->destination_ours)
			continue;
		if (form->what & TEST_READ)
			expect(run, 'r', DESTINATION_AT, after->destination, index);
		if (form->what & TEST_WRITE)
			expect(run, 'w', DESTINATION_AT, after->destination, index);
	}
}

static bool same_registers(const struct test_cpu *a, const struct test_cpu *b,
			   const struct test_cpu *a0, const struct test_cpu *b0, u32 flags)
{
	return a->ax == b->ax && a->cx == b->cx && a->si - a0->si == b->si - b0->si &&
	       a->di - a0->di == b->di - b0->di && !((a->flags ^ b->flags) & flags);
}

static void compare(const struct string_run *run)
{
	u64 bar = (__force u64)run->test->bar + run->offset;
	struct test_cpu good, bad, good0, bad0;
	struct strings model, memory;
	bool same;

	fill(&model);
	fill(&memory);
	if (run->source_ours)
		write_bar(run, SOURCE_AT, memory.source);
	if (run->destination_ours)
		write_bar(run, DESTINATION_AT, memory.destination);
	good0 = registers(run, (u64)model.source, (u64)model.destination, &model);
	bad0 = registers(run, run->source_ours ? bar + SOURCE_AT : (u64)memory.source,
			 run->destination_ours ? bar + DESTINATION_AT : (u64)memory.destination,
			 &memory);
	good = good0;
	bad = bad0;
	carry_out(run, &good);
	carry_out(run, &bad);
	expect_all(run, &model, run->form->what & TEST_REPEATED ? run->count - good.cx : 1);
	same = run->destination_ours ? same_bar(run, DESTINATION_AT, model.destination) :
				       !memcmp(model.destination, memory.destination, BYTES);
	test_check(run->test, same, "%s, %u%s: memory differs", run->form->name, run->count,
		   run->atomic ? " (atomic)" : "");
	test_check(run->test, same_registers(&good, &bad, &good0, &bad0, run->form->flags),
		   "%s, %u%s: ax %llx not %llx, cx %llx not %llx, flags %llx not %llx",
		   run->form->name, run->count, run->atomic ? " (atomic)" : "", bad.ax, good.ax,
		   bad.cx, good.cx, bad.flags, good.flags);
}

static void run_form(struct string_run *run)
{
	bool source = run->form->what & TEST_READ_SOURCE;
	bool destination = run->form->what & (TEST_READ | TEST_WRITE);
	unsigned int ours;

	for (ours = 1; ours < 4; ours++) {
		run->source_ours = ours & 1;
		run->destination_ours = ours & 2;
		if ((run->source_ours && !source) || (run->destination_ours && !destination))
			continue;
		run->count = 5;
		compare(run);
	}
	if (run->form->what & TEST_REPEATED) {
		run->count = 0;
		compare(run);
	}
}

void test_all_strings(struct test_device *test, u64 offset, bool atomic)
{
	struct string_run run = { .test = test, .offset = offset, .atomic = atomic };

	for (run.form = test_forms; run.form < test_forms_end; run.form++)
		if (run.form->what & TEST_STRING)
			run_form(&run);
}
