/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a trapped access goes on that has to sleep. Entered by the IRET of the
 * exception with all registers as the driver had them, except rax (see trap.c),
 * and with no return address: the slot for it is made here, because a push by
 * the trap would hit its own exception frame just below.
 *
 * Builds a struct pt_regs, so that stack traces go on into the driver, and
 * returns to the instruction after the access with everything restored.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>
#include <asm/nospec-branch.h>

	.text

SYM_CODE_START(pciem_thunk)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	leaq	-8(%rsp), %rsp		/* return address; flags untouched */
	pushq	$__KERNEL_DS		/* ss */
	pushq	%rsp			/* sp, mended by pciem_thunk_run() */
	pushfq				/* flags */
	pushq	$__KERNEL_CS		/* cs */
	pushq	$0			/* ip */
	pushq	$-1			/* orig_ax */
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	UNWIND_HINT_REGS

	cld
	movq	%rsp, %rdi
	movq	%rax, %rsi
	call	pciem_thunk_run

	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	leaq	24(%rsp), %rsp		/* orig_ax, ip, cs */
	popfq
	leaq	16(%rsp), %rsp		/* sp, ss */
	UNWIND_HINT_FUNC
	RET
SYM_CODE_END(pciem_thunk)
