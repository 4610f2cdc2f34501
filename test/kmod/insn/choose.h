/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INSN_CHOOSE_H
#define INSN_CHOOSE_H

#include "machine.h"

/* One run: what is executed, and the state before it. */
struct run {
	u8 bytes[PCIEM_INSN_MAX_LENGTH + 16];
	struct pciem_insn insn;
	struct machine_state state;
	u8 data[MACHINE_DATA];
	u8 *operands;	/* in @bytes: what follows the opcode */
	u64 address;	/* of the memory operand */
};

bool choose_run(struct run *run, const u8 *opcode, size_t length, int extension);

#endif /* INSN_CHOOSE_H */
