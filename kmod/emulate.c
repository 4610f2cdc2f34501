// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carry out one trapped instruction: decode it, move the data through
 * pciem_access_read() and _write(), and leave registers, flags and instruction
 * pointer as the CPU would.
 */
#include <linux/ratelimit.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>

#include "insn.h"
#include "internal.h"

#undef pr_fmt
#define pr_fmt(fmt) "pciem: " fmt

static void load_regs(const struct pt_regs *regs, u64 r[16])
{
	r[0] = regs->ax;
	r[1] = regs->cx;
	r[2] = regs->dx;
	r[3] = regs->bx;
	r[4] = regs->sp;
	r[5] = regs->bp;
	r[6] = regs->si;
	r[7] = regs->di;
	r[8] = regs->r8;
	r[9] = regs->r9;
	r[10] = regs->r10;
	r[11] = regs->r11;
	r[12] = regs->r12;
	r[13] = regs->r13;
	r[14] = regs->r14;
	r[15] = regs->r15;
}

/* All but rsp: no instruction that is emulated for the kernel sets it. */
static void store_regs(struct pt_regs *regs, const u64 r[16])
{
	regs->ax = r[0];
	regs->cx = r[1];
	regs->dx = r[2];
	regs->bx = r[3];
	regs->bp = r[5];
	regs->si = r[6];
	regs->di = r[7];
	regs->r8 = r[8];
	regs->r9 = r[9];
	regs->r10 = r[10];
	regs->r11 = r[11];
	regs->r12 = r[12];
	regs->r13 = r[13];
	regs->r14 = r[14];
	regs->r15 = r[15];
}

/*
 * The operand of a string instruction that is not ours is the driver's memory:
 * if it is bad, the driver gets the fault that it would have got anyway.
 */
static int operand_read(u64 address, unsigned int size, u64 *value, enum pciem_wait wait)
{
	if (pciem_is_cookie(address))
		return pciem_access_read(address, size, value, wait);
	*value = 0;
	memcpy(value, (void *)address, size);
	return 0;
}

static int operand_write(u64 address, unsigned int size, u64 value, enum pciem_wait wait)
{
	if (pciem_is_cookie(address))
		return pciem_access_write(address, size, value, wait);
	memcpy((void *)address, &value, size);
	return 0;
}

static bool string_reads_source(const struct pciem_insn *insn)
{
	return insn->op == PCIEM_INSN_MOVS || insn->op == PCIEM_INSN_LODS ||
	       insn->op == PCIEM_INSN_CMPS;
}

static bool string_reads_destination(const struct pciem_insn *insn)
{
	return insn->op == PCIEM_INSN_CMPS || insn->op == PCIEM_INSN_SCAS;
}

static int string_element(const struct pciem_insn *insn, u64 r[16], u64 *flags,
			  enum pciem_wait wait)
{
	u64 source = 0;
	u64 destination = 0;
	int ret = 0;

	if (string_reads_source(insn))
		ret = operand_read(pciem_insn_source(insn, r), insn->size, &source, wait);
	if (!ret && string_reads_destination(insn))
		ret = operand_read(pciem_insn_destination(insn, r), insn->size, &destination,
				   wait);
	if (ret)
		return ret;

	switch (insn->op) {
	case PCIEM_INSN_MOVS:
		return operand_write(pciem_insn_destination(insn, r), insn->size, source, wait);
	case PCIEM_INSN_STOS:
		return operand_write(pciem_insn_destination(insn, r), insn->size, r[0], wait);
	case PCIEM_INSN_LODS:
		r[0] = pciem_insn_loaded(insn, r[0], source);
		return 0;
	case PCIEM_INSN_CMPS:
		pciem_insn_compare(insn, source, destination, flags);
		return 0;
	default:
		pciem_insn_compare(insn, r[0], destination, flags);
		return 0;
	}
}

/*
 * A repeated instruction keeps its progress in the registers, so -EAGAIN in the
 * middle is resumed where it stopped.
 */
static int emulate_string(const struct pciem_insn *insn, struct pt_regs *regs, u64 r[16],
			  enum pciem_wait wait)
{
	u64 flags = regs->flags;
	int ret = 0;

	while (pciem_insn_count(insn, r)) {
		ret = string_element(insn, r, &flags, wait);
		if (ret)
			break;
		pciem_insn_advance(insn, r, flags, 1);
		if (!insn->rep || !pciem_insn_repeats(insn, r, flags))
			break;
	}
	store_regs(regs, r);
	regs->flags = flags;
	if (!ret)
		regs->ip += insn->length;
	return ret;
}

static bool string_is_ours(const struct pciem_insn *insn, const u64 r[16])
{
	if (string_reads_source(insn) && pciem_is_cookie(pciem_insn_source(insn, r)))
		return true;
	return insn->op != PCIEM_INSN_LODS && pciem_is_cookie(pciem_insn_destination(insn, r));
}

static int refuse(const struct pciem_insn *insn, struct pt_regs *regs, const u8 *bytes,
		  const u64 r[16])
{
	u64 address;

	/* Without a length there is nowhere to go on: the driver gets its fault. */
	if (!insn->length)
		return -ENOENT;
	address = pciem_insn_address(insn, r, regs->ip + insn->length);
	if (!pciem_is_cookie(address))
		return -ENOENT;
	pciem_count_undecoded(address);
	pr_err_ratelimited("cannot emulate the access at %pS (%s): %*ph; ignored\n",
			   (void *)regs->ip, pciem_insn_reason(insn->reason), insn->length, bytes);
	regs->ip += insn->length;
	return 0;
}

/**
 * pciem_emulate() - carry out the instruction at regs->ip
 * @regs: registers of the driver; changed as the instruction does
 * @wait: whether the access may wait
 *
 * Return: 0; -EAGAIN with PCIEM_WAIT_NONE if it has to wait: then @regs is such
 * that the same call again goes on; -ENOENT if it is no access of ours.
 */
int pciem_emulate(struct pt_regs *regs, enum pciem_wait wait)
{
	u8 bytes[PCIEM_INSN_MAX_LENGTH];
	struct pciem_insn insn;
	u64 r[16], memory = 0, result, address;
	u64 flags = regs->flags;
	size_t n = sizeof(bytes);
	int ret;

	/* The text may end within 15 bytes. */
	if (copy_from_kernel_nofault(bytes, (void *)regs->ip, n)) {
		n = PAGE_SIZE - offset_in_page(regs->ip);
		if (n > sizeof(bytes) || copy_from_kernel_nofault(bytes, (void *)regs->ip, n))
			return -ENOENT;
	}
	ret = pciem_insn_decode(bytes, n, &insn);
	if (ret == PCIEM_INSN_SHORT)
		return -ENOENT;
	load_regs(regs, r);
	if (ret)
		return refuse(&insn, regs, bytes, r);
	if (insn.segment != PCIEM_SEGMENT_NONE)
		return -ENOENT;

	if (insn.form == PCIEM_FORM_STRING) {
		if (!string_is_ours(&insn, r))
			return -ENOENT;
		return emulate_string(&insn, regs, r, wait);
	}

	address = pciem_insn_address(&insn, r, regs->ip + insn.length);
	if (!pciem_is_cookie(address))
		return -ENOENT;
	/* Its read has happened when its write has to wait: do it in one go. */
	if (insn.reads && insn.writes && wait == PCIEM_WAIT_NONE)
		return -EAGAIN;
	if (insn.reads) {
		ret = pciem_access_read(address, insn.size, &memory, wait);
		if (ret)
			return ret;
	}
	result = pciem_insn_execute(&insn, memory, r, &flags);
	if (insn.writes) {
		ret = pciem_access_write(address, insn.size, result, wait);
		if (ret)
			return ret;
	}
	store_regs(regs, r);
	regs->flags = flags;
	regs->ip += insn.length;
	return 0;
}
