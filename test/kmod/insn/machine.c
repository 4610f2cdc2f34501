// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#include "machine.h"

#define CODE_SIZE 4096

/* Below 2 GiB, so that code reaches it without a register. */
static struct arena {
	u8 code[CODE_SIZE];
	u64 padding[64];
	u8 data[MACHINE_DATA];
	u64 more_padding[64];
	struct machine_state in, out;
	u64 stack;
} *arena;

u8 *machine_data;
u64 machine_ip_next;

static u8 *slot;
static sigjmp_buf escape;

static u8 *emit(u8 *code, const char *bytes, size_t n, const void *address)
{
	u32 low = (u32)(uintptr_t)address;

	memcpy(code, bytes, n);
	if (!address)
		return code + n;
	memcpy(code + n, &low, 4);
	return code + n + 4;
}

/* mov reg, [address] (8b) or mov [address], reg (89) */
static u8 *emit_mov(u8 *code, u8 opcode, unsigned int reg, const void *address)
{
	u8 bytes[] = { 0x48 | (reg >> 3 << 2), opcode, 0x04 | (reg & 7) << 3, 0x25 };

	return emit(code, (const char *)bytes, 4, address);
}

static void on_signal(int number)
{
	siglongjmp(escape, number);
}

/* Assembles the frame around the instruction; stops the program on failure. */
void machine_open(void)
{
	static u8 signal_stack[65536];
	const stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER };
	unsigned int reg;
	u8 *code;

	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (arena == MAP_FAILED || sigaltstack(&stack, NULL) ||
	    sigaction(SIGSEGV, &action, NULL) || sigaction(SIGILL, &action, NULL) ||
	    sigaction(SIGBUS, &action, NULL) || sigaction(SIGFPE, &action, NULL)) {
		perror("cannot set up the machine");
		exit(1);
	}
	/* push rbx, rbp, r12 to r15; save rsp; load flags and registers */
	code = emit(arena->code, "\x53\x55\x41\x54\x41\x55\x41\x56\x41\x57", 10, NULL);
	code = emit_mov(code, 0x89, 4, &arena->stack);
	code = emit(code, "\xff\x34\x25", 3, &arena->in.flags);
	code = emit(code, "\x9d", 1, NULL);
	for (reg = 0; reg < 16; reg++)
		code = emit_mov(code, 0x8b, reg, &arena->in.regs[reg]);
	slot = code;
	code += PCIEM_INSN_MAX_LENGTH;
	machine_ip_next = (uintptr_t)code;
	for (reg = 0; reg < 16; reg++)
		code = emit_mov(code, 0x89, reg, &arena->out.regs[reg]);
	code = emit_mov(code, 0x8b, 4, &arena->stack);
	/* pushf; pop flags; pop r15 to r12, rbp, rbx; cld; ret */
	code = emit(code, "\x9c", 1, NULL);
	code = emit(code, "\x8f\x04\x25", 3, &arena->out.flags);
	emit(code, "\x41\x5f\x41\x5e\x41\x5d\x41\x5c\x5d\x5b\xfc\xc3", 12, NULL);
	machine_data = arena->data;
}

/*
 * Runs one instruction with the registers and flags of @state, which it changes.
 * Returns 0 or the number of the signal that the instruction raised.
 */
int machine_run(const u8 *bytes, size_t length, struct machine_state *state)
{
	int number = sigsetjmp(escape, 0);

	if (number)
		return number;
	memset(slot, 0x90, PCIEM_INSN_MAX_LENGTH - length);
	memcpy(slot + PCIEM_INSN_MAX_LENGTH - length, bytes, length);
	arena->in = *state;
	((void (*)(void))(void *)arena->code)();
	*state = arena->out;
	return 0;
}
