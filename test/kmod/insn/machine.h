/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs single instructions on the CPU, with all registers under control. */
#ifndef INSN_MACHINE_H
#define INSN_MACHINE_H

#include "test.h"

/* Bytes of memory that the instruction may use; below 2 GiB. */
#define MACHINE_DATA 1024

struct machine_state {
	u64 regs[16];
	u64 flags;
};

/* The arithmetic flags: those that a test sets and compares. */
#define MACHINE_FLAGS \
	(PCIEM_FLAG_CF | PCIEM_FLAG_PF | PCIEM_FLAG_AF | PCIEM_FLAG_ZF | PCIEM_FLAG_SF | \
	 PCIEM_FLAG_OF)

extern u8 *machine_data;

/* Where the instruction ends, however long it is. */
extern u64 machine_ip_next;

void machine_open(void);
int machine_run(const u8 *bytes, size_t length, struct machine_state *state);

#endif /* INSN_MACHINE_H */
