// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carry out one trapped instruction: decode it, move the data through
 * pciem_access_read() and _write(), and leave registers, flags and instruction
 * pointer as the CPU would.
 *
 * The same for the kernel, whose addresses are cookies, and for user space,
 * whose addresses lie in a mapping of a BAR.
 */
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
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

static void store_regs(struct pt_regs *regs, const u64 r[16])
{
	/* The kernel's stack pointer is where the exception has left it. */
	if (user_mode(regs))
		regs->sp = r[4];
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

/* The cookie of an operand, or 0 if it is not ours. */
static u64 to_cookie(const struct pciem_context *context, u64 address)
{
	if (!context->user)
		return pciem_is_cookie(address) ? address : 0;
	if (address < context->start || address >= context->end)
		return 0;
	return pciem_cookie_at(context->base + address - context->start);
}

/*
 * The operand of a string instruction that is not ours is the driver's memory.
 * If it is bad in the kernel, the driver gets the fault that it would have got
 * anyway; in user space the page may have to be brought in first.
 */
static int operand_read(struct pciem_context *context, u64 address, unsigned int size, u64 *value)
{
	u64 cookie = to_cookie(context, address);

	if (cookie)
		return pciem_access_read(context, cookie, size, value);
	*value = 0;
	if (context->user) {
		context->missing = address;
		return copy_from_user_nofault(value, u64_to_user_ptr(address), size);
	}
	memcpy(value, (void *)address, size);
	return 0;
}

static int operand_write(struct pciem_context *context, u64 address, unsigned int size, u64 value)
{
	u64 cookie = to_cookie(context, address);

	if (cookie)
		return pciem_access_write(context, cookie, size, value);
	if (context->user) {
		context->missing = address;
		return copy_to_user_nofault(u64_to_user_ptr(address), &value, size);
	}
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

static int string_element(struct pciem_context *context, const struct pciem_insn *insn, u64 r[16],
			  u64 *flags)
{
	u64 source = 0;
	u64 destination = 0;
	int ret = 0;

	if (string_reads_source(insn))
		ret = operand_read(context, pciem_insn_source(insn, r), insn->size, &source);
	if (!ret && string_reads_destination(insn))
		ret = operand_read(context, pciem_insn_destination(insn, r), insn->size,
				   &destination);
	if (ret)
		return ret;

	switch (insn->op) {
	case PCIEM_INSN_MOVS:
		return operand_write(context, pciem_insn_destination(insn, r), insn->size, source);
	case PCIEM_INSN_STOS:
		return operand_write(context, pciem_insn_destination(insn, r), insn->size, r[0]);
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
static int emulate_string(struct pciem_context *context, const struct pciem_insn *insn,
			  struct pt_regs *regs, u64 r[16])
{
	u64 flags = regs->flags;
	int ret = 0;

	while (pciem_insn_count(insn, r)) {
		ret = string_element(context, insn, r, &flags);
		if (ret)
			break;
		if (context->user && fatal_signal_pending(current))
			ret = -EINTR;
		pciem_insn_advance(insn, r, flags, 1);
		if (!insn->rep || !pciem_insn_repeats(insn, r, flags) || ret)
			break;
	}
	store_regs(regs, r);
	regs->flags = flags;
	if (!ret)
		regs->ip += insn->length;
	return ret;
}

static bool string_is_ours(const struct pciem_context *context, const struct pciem_insn *insn,
			   const u64 r[16])
{
	if (string_reads_source(insn) && to_cookie(context, pciem_insn_source(insn, r)))
		return true;
	return insn->op != PCIEM_INSN_LODS && to_cookie(context, pciem_insn_destination(insn, r));
}

static int refuse(const struct pciem_context *context, const struct pciem_insn *insn,
		  struct pt_regs *regs, const u8 *bytes, const u64 r[16])
{
	const char *reason = pciem_insn_reason(insn->reason);
	u64 cookie;

	/* Without a length there is nowhere to go on: the driver gets its fault. */
	if (!insn->length)
		return -ENOENT;
	cookie = to_cookie(context, pciem_insn_address(insn, r, regs->ip + insn->length));
	/* MOVDIR64B and ENQCMD write to where their register points. */
	if (!cookie && insn->reason == PCIEM_REFUSED_WIDE)
		cookie = to_cookie(context, r[insn->reg]);
	if (!cookie)
		return -ENOENT;
	pciem_count_undecoded(cookie);
	if (context->user) {
		pr_err_ratelimited("cannot emulate the access of %s[%d] at %#lx (%s): %*ph; SIGBUS\n",
				   current->comm, task_pid_nr(current), regs->ip, reason,
				   insn->length, bytes);
		return -EOPNOTSUPP;
	}
	pr_err_ratelimited("cannot emulate the access at %pS (%s): %*ph; ignored\n",
			   (void *)regs->ip, reason, insn->length, bytes);
	regs->ip += insn->length;
	return 0;
}

/* As many bytes of the instruction as there are; the text may end within 15. */
static size_t fetch(const struct pciem_context *context, const struct pt_regs *regs, u8 *bytes)
{
	size_t n = PCIEM_INSN_MAX_LENGTH;
	size_t in_page = PAGE_SIZE - offset_in_page(regs->ip);

	if (context->user) {
		if (!copy_from_user_nofault(bytes, (void __user *)regs->ip, n))
			return n;
		n = min(n, in_page);
		return copy_from_user_nofault(bytes, (void __user *)regs->ip, n) ? 0 : n;
	}
	if (!copy_from_kernel_nofault(bytes, (void *)regs->ip, n))
		return n;
	n = min(n, in_page);
	return copy_from_kernel_nofault(bytes, (void *)regs->ip, n) ? 0 : n;
}

/**
 * pciem_emulate() - carry out the instruction at regs->ip
 * @regs: registers of the driver; changed as the instruction does
 * @context: whose instruction it is, and whether the access may wait
 *
 * Return: 0; -EAGAIN with PCIEM_WAIT_NONE if it has to wait: then @regs is such
 * that the same call again goes on; -ENOENT if it is no access of ours. In user
 * space also -EFAULT if the page of context->missing has to be brought in,
 * -EOPNOTSUPP for an instruction that is not emulated, and -EINTR.
 */
int pciem_emulate(struct pt_regs *regs, struct pciem_context *context)
{
	u8 bytes[PCIEM_INSN_MAX_LENGTH];
	struct pciem_insn insn;
	u64 r[16], memory = 0, result, cookie;
	u64 flags = regs->flags;
	int ret;

	context->ip = regs->ip;
	ret = pciem_insn_decode(bytes, fetch(context, regs, bytes), &insn);
	if (ret == PCIEM_INSN_SHORT)
		return -ENOENT;
	load_regs(regs, r);
	if (ret)
		return refuse(context, &insn, regs, bytes, r);
	if (insn.segment != PCIEM_SEGMENT_NONE)
		return -ENOENT;

	if (insn.form == PCIEM_FORM_STRING) {
		if (!string_is_ours(context, &insn, r))
			return -ENOENT;
		return emulate_string(context, &insn, regs, r);
	}

	cookie = to_cookie(context, pciem_insn_address(&insn, r, regs->ip + insn.length));
	if (!cookie)
		return -ENOENT;
	/* Its read has happened when its write has to wait: do it in one go. */
	if (insn.reads && insn.writes && context->wait == PCIEM_WAIT_NONE)
		return -EAGAIN;
	if (insn.reads) {
		ret = pciem_access_read(context, cookie, insn.size, &memory);
		if (ret)
			return ret;
	}
	result = pciem_insn_execute(&insn, memory, r, &flags);
	if (insn.writes) {
		ret = pciem_access_write(context, cookie, insn.size, result);
		if (ret)
			return ret;
	}
	store_regs(regs, r);
	regs->flags = flags;
	regs->ip += insn.length;
	return 0;
}
