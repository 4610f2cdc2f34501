// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs compiled code (accesses.c) on memory without access rights: a signal
 * handler decodes and emulates each access, as the kernel's trap does. The
 * outcome must be the same as on ordinary memory.
 */
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "accesses.h"

#define SIZE 65536
#define ROUNDS 200

/* The compiler and its options, from the Makefile. */
#ifndef VARIANT
#define VARIANT "this compiler"
#endif

static u8 *trapped, *shadow;
static unsigned long traps;
static struct test test;

/* The hardware's numbers as places in the signal frame. */
static const int places[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static bool is_trapped(u64 address)
{
	return address - (uintptr_t)trapped < SIZE;
}

/* Where the data of an address really is. */
static u8 *resolve(u64 address)
{
	if (is_trapped(address))
		return shadow + (address - (uintptr_t)trapped);
	return (u8 *)(uintptr_t)address;
}

static void emulate_string(const struct pciem_insn *insn, u64 regs[16], u64 *flags)
{
	do {
		u8 *source = resolve(pciem_insn_source(insn, regs));
		u8 *destination = resolve(pciem_insn_destination(insn, regs));
		u64 value = 0, second = 0;

		if (insn->op == PCIEM_INSN_CMPS) {
			memcpy(&value, source, insn->size);
			memcpy(&second, destination, insn->size);
			pciem_insn_compare(insn, value, second, flags);
		} else {
			if (insn->reads)
				memcpy(&value, insn->op == PCIEM_INSN_SCAS ? destination : source,
				       insn->size);
			value = pciem_insn_execute(insn, value, regs, flags);
			if (insn->writes)
				memcpy(destination, &value, insn->size);
		}
		pciem_insn_advance(insn, regs, *flags, 1);
	} while (pciem_insn_repeats(insn, regs, *flags));
}

static void fail(const u8 *bytes, const char *what)
{
	problem(&test, bytes, "%s", what);
	printf("not ok - trap: code by " VARIANT " cannot go on\n0 passed, 1 failed\n");
	fflush(stdout);
	_exit(1);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *frame = ((ucontext_t *)context)->uc_mcontext.gregs;
	const u8 *bytes = (const u8 *)frame[REG_RIP];
	u64 regs[16], flags = frame[REG_EFL], address, value = 0;
	struct pciem_insn insn;
	unsigned int i;

	(void)number;
	traps++;
	if (!is_trapped((uintptr_t)info->si_addr))
		fail(bytes, "a fault somewhere else");
	if (pciem_insn_decode(bytes, PCIEM_INSN_MAX_LENGTH, &insn))
		fail(bytes, pciem_insn_reason(insn.reason));
	for (i = 0; i < 16; i++)
		regs[i] = frame[places[i]];
	if (insn.form == PCIEM_FORM_STRING) {
		emulate_string(&insn, regs, &flags);
	} else {
		address = pciem_insn_address(&insn, regs, (uintptr_t)bytes + insn.length);
		if (address != (uintptr_t)info->si_addr)
			fail(bytes, "another address than the CPU's");
		if (insn.reads)
			memcpy(&value, resolve(address), insn.size);
		value = pciem_insn_execute(&insn, value, regs, &flags);
		if (insn.writes)
			memcpy(resolve(address), &value, insn.size);
	}
	for (i = 0; i < 16; i++)
		frame[places[i]] = regs[i];
	frame[REG_EFL] = flags;
	frame[REG_RIP] += insn.length;
}

static void run_case(const struct access_case *access, u64 seed)
{
	static u64 plain[SIZE / 8];
	u64 value = next_random(&seed), expected, result;
	unsigned int i;

	for (i = 0; i < SIZE / 8; i++)
		plain[i] = next_random(&seed);
	memcpy(shadow, plain, SIZE);
	expected = access->run(plain, value);
	result = access->run(trapped, value);
	test.cases++;
	if (result != expected)
		problem(&test, NULL, "%s: the result is %#llx, not %#llx", access->name, result,
			expected);
	if (memcmp(plain, shadow, SIZE) != 0)
		problem(&test, NULL, "%s: memory differs", access->name);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	const struct access_case *access;
	u64 seed;

	trapped = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shadow = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (trapped == MAP_FAILED || shadow == MAP_FAILED || sigaction(SIGSEGV, &action, NULL)) {
		perror("cannot set up the trap");
		return 1;
	}
	for (access = access_cases; access->name; access++) {
		unsigned long before = traps;

		for (seed = 1; seed <= ROUNDS; seed++)
			run_case(access, seed);
		if (traps == before)
			problem(&test, NULL, "%s: nothing was trapped", access->name);
	}
	finish(&test, "trap: code by %s, %lu accesses", VARIANT, traps);
	return summary();
}
