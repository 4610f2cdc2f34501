/* SPDX-License-Identifier: GPL-2.0-only */
/* capstone's view of an instruction, in the terms of struct pciem_insn. */
#ifndef INSN_REFERENCE_H
#define INSN_REFERENCE_H

#include "test.h"

/* What capstone says. @op is PCIEM_INSN_REFUSED for what is not claimed. */
struct reference {
	bool valid;
	bool has_memory;
	struct pciem_insn insn;
};

void reference_open(void);
void reference_decode(const u8 *bytes, struct reference *reference);
const char *reference_text(const u8 *bytes);

#endif /* INSN_REFERENCE_H */
