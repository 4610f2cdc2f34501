/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INSN_ACCESSES_H
#define INSN_ACCESSES_H

#include "test.h"

/* A function that accesses up to a page of memory; NULL ends the list. */
struct access_case {
	const char *name;
	u64 (*run)(volatile void *memory, u64 value);
};

extern const struct access_case access_cases[];

#endif /* INSN_ACCESSES_H */
