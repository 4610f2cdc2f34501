/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every form of memory access, a function each: it loads the registers of a
 * struct test_cpu, carries out the instruction, and stores the registers.
 *
 * The operand is at (%rdi). r9 is 2 and rsi is rdi - 8, for operands with an
 * index. rcx is 3, for shifts and bit numbers.
 */
#include <linux/linkage.h>
#include <asm/cpufeatures.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>

#include "forms.h"

#define READ	TEST_READ
#define WRITE	TEST_WRITE
#define MODIFY	(TEST_READ | TEST_WRITE)
#define REFUSED	TEST_REFUSED
#define STRING	TEST_STRING
#define DOWN	TEST_DOWN
#define REPEATED TEST_REPEATED
#define SOURCE	TEST_READ_SOURCE

/* Flags that the instruction defines. */
#define NONE	0
#define ALL	0x8d5
#define CARRY	0x001
#define LOGIC	0x8c5
#define SHIFT	0x0c5
#define MULTIPLY 0x801

	.text

.macro load_registers
	pushq	%rbx
	pushq	%rdi
	pushfq
	andq	$~ALL, (%rsp)
	movq	TEST_CPU_FLAGS(%rdi), %rax
	orq	%rax, (%rsp)
	popfq
	movq	TEST_CPU_AX(%rdi), %rax
	movq	TEST_CPU_BX(%rdi), %rbx
	movq	TEST_CPU_CX(%rdi), %rcx
	movq	TEST_CPU_DX(%rdi), %rdx
	movq	TEST_CPU_SI(%rdi), %rsi
	movq	TEST_CPU_R8(%rdi), %r8
	movq	TEST_CPU_R9(%rdi), %r9
	movq	TEST_CPU_DI(%rdi), %rdi
.endm

.macro store_registers
	popq	%r11
	movq	%rax, TEST_CPU_AX(%r11)
	movq	%rbx, TEST_CPU_BX(%r11)
	movq	%rcx, TEST_CPU_CX(%r11)
	movq	%rdx, TEST_CPU_DX(%r11)
	movq	%rsi, TEST_CPU_SI(%r11)
	movq	%rdi, TEST_CPU_DI(%r11)
	movq	%r8, TEST_CPU_R8(%r11)
	movq	%r9, TEST_CPU_R9(%r11)
	pushfq
	popq	TEST_CPU_FLAGS(%r11)
	popq	%rbx
	RET
.endm

.macro gated feature, size, what, flags, text:vararg
	.pushsection .rodata.test_names, "a"
name_\@:
	.asciz	"\text"
	.popsection
	.pushsection .rodata.test_table, "a"
	.quad	name_\@
	.quad	form_\@
	.long	\size
	.long	\what
	.long	\flags
	.long	\feature
	.popsection
	/* SYM_FUNC_START() does not take \@. */
	.type	form_\@, @function
form_\@:
	ENDBR
	load_registers
	\text
	store_registers
	.size	form_\@, . - form_\@
.endm

.macro form size, what, flags, text:vararg
	gated 0, \size, \what, \flags, \text
.endm

/* Instructions around the one that is meant. */
.macro via_rdx text:vararg
	leaq	0x1000(%rdi), %rdx
	\text
.endm

/* An address based on rbp raises #SS. */
.macro via_rbp text:vararg
	pushq	%rbp
	movq	%rdi, %rbp
	\text
	popq	%rbp
.endm

.macro far_bit text:vararg
	leaq	-8(%rdi), %rdi
	addq	$64, %rcx
	\text
.endm

.macro down text:vararg
	std
	\text
	cld
.endm

.macro strings what, flags, text:vararg
	form 1, STRING | \what, \flags, \text\()b
	form 2, STRING | \what, \flags, \text\()w
	form 4, STRING | \what, \flags, \text\()l
	form 8, STRING | \what, \flags, \text\()q
	form 1, STRING | DOWN | \what, \flags, down \text\()b
	form 2, STRING | DOWN | \what, \flags, down \text\()w
	form 4, STRING | DOWN | \what, \flags, down \text\()l
	form 8, STRING | DOWN | \what, \flags, down \text\()q
.endm

	.pushsection .rodata.test_table, "a"
	.balign	8
	.globl	test_forms
test_forms:
	.popsection

	/* Loads: what happens to the upper bits; registers of high bytes. */
	form 1, READ, NONE, movb (%rdi), %al
	form 1, READ, NONE, movb (%rdi), %ah
	form 1, READ, NONE, movb (%rdi), %bh
	form 1, READ, NONE, movb (%rdi), %ch
	form 1, READ, NONE, movb (%rdi), %dh
	form 1, READ, NONE, movb (%rdi), %r8b
	form 2, READ, NONE, movw (%rdi), %ax
	form 2, READ, NONE, movw (%rdi), %r8w
	form 4, READ, NONE, movl (%rdi), %eax
	form 4, READ, NONE, movl (%rdi), %r8d
	form 8, READ, NONE, movq (%rdi), %rax
	form 8, READ, NONE, movq (%rdi), %r8
	form 4, READ, NONE, movl (%rdi), %edi
	form 1, READ, NONE, movzbw (%rdi), %ax
	form 1, READ, NONE, movzbl (%rdi), %eax
	form 1, READ, NONE, movzbq (%rdi), %r8
	form 2, READ, NONE, movzwl (%rdi), %edx
	form 2, READ, NONE, movzwq (%rdi), %rdx
	form 1, READ, NONE, movsbw (%rdi), %bx
	form 1, READ, NONE, movsbl (%rdi), %ebx
	form 1, READ, NONE, movsbq (%rdi), %rbx
	form 2, READ, NONE, movswl (%rdi), %r8d
	form 2, READ, NONE, movswq (%rdi), %r8
	form 4, READ, NONE, movslq (%rdi), %r8
	gated X86_FEATURE_MOVBE, 2, READ, NONE, movbew (%rdi), %ax
	gated X86_FEATURE_MOVBE, 4, READ, NONE, movbel (%rdi), %eax
	gated X86_FEATURE_MOVBE, 8, READ, NONE, movbeq (%rdi), %r8
	.irp condition, o, no, c, nc, z, nz, be, a, s, ns, p, np, l, ge, le, g
	form 4, READ, NONE, cmov\condition\()l (%rdi), %eax
	form 8, READ, NONE, cmov\condition\()q (%rdi), %r8
	form 1, WRITE, NONE, set\condition (%rdi)
	.endr
	form 2, READ, NONE, cmovcw (%rdi), %ax

	/* Addresses. */
	form 4, READ, NONE, movl (%rsi, %r9, 4), %eax
	form 4, READ, NONE, movl -8(%rdi, %r9, 4), %eax
	form 4, READ, NONE, via_rdx movl -0x1000(%rdx), %eax
	form 4, READ, NONE, via_rbp movl (%rbp), %eax
	form 4, WRITE, NONE, via_rbp movl %eax, (%rbp)

	/* Stores. */
	form 1, WRITE, NONE, movb %al, (%rdi)
	form 1, WRITE, NONE, movb %ah, (%rdi)
	form 1, WRITE, NONE, movb %bh, (%rdi)
	form 1, WRITE, NONE, movb %r8b, (%rdi)
	form 2, WRITE, NONE, movw %ax, (%rdi)
	form 4, WRITE, NONE, movl %r8d, (%rdi)
	form 8, WRITE, NONE, movq %r8, (%rdi)
	form 1, WRITE, NONE, movb $0xa5, (%rdi)
	form 2, WRITE, NONE, movw $0xa55a, (%rdi)
	form 4, WRITE, NONE, movl $0xdeadbeef, (%rdi)
	form 8, WRITE, NONE, movq $-0x21524111, (%rdi)
	form 8, WRITE, NONE, movq $0x12345678, (%rdi)
	form 4, WRITE, NONE, movnti %eax, (%rdi)
	form 8, WRITE, NONE, movnti %r8, (%rdi)
	gated X86_FEATURE_MOVBE, 2, WRITE, NONE, movbew %ax, (%rdi)
	gated X86_FEATURE_MOVBE, 4, WRITE, NONE, movbel %r8d, (%rdi)
	gated X86_FEATURE_MOVBE, 8, WRITE, NONE, movbeq %r8, (%rdi)
	gated X86_FEATURE_MOVDIRI, 4, WRITE, NONE, movdiri %eax, (%rdi)
	gated X86_FEATURE_MOVDIRI, 8, WRITE, NONE, movdiri %r8, (%rdi)

	/* Arithmetic. */
	.irp op, add, adc, sbb, sub
	form 1, MODIFY, ALL, \op\()b %al, (%rdi)
	form 1, MODIFY, ALL, \op\()b %bh, (%rdi)
	form 2, MODIFY, ALL, \op\()w %ax, (%rdi)
	form 4, MODIFY, ALL, \op\()l %r8d, (%rdi)
	form 8, MODIFY, ALL, \op\()q %r8, (%rdi)
	form 1, MODIFY, ALL, \op\()b $0x81, (%rdi)
	form 2, MODIFY, ALL, \op\()w $0x7654, (%rdi)
	form 4, MODIFY, ALL, \op\()l $-3, (%rdi)
	form 4, MODIFY, ALL, \op\()l $0x76543210, (%rdi)
	form 8, MODIFY, ALL, \op\()q $-0x76543210, (%rdi)
	form 4, MODIFY, ALL, lock \op\()l %eax, (%rdi)
	form 8, MODIFY, ALL, lock \op\()q $1, (%rdi)
	form 1, READ, ALL, \op\()b (%rdi), %ah
	form 2, READ, ALL, \op\()w (%rdi), %ax
	form 4, READ, ALL, \op\()l (%rdi), %eax
	form 8, READ, ALL, \op\()q (%rdi), %r8
	.endr
	.irp op, and, or, xor
	form 1, MODIFY, LOGIC, \op\()b %al, (%rdi)
	form 2, MODIFY, LOGIC, \op\()w %ax, (%rdi)
	form 4, MODIFY, LOGIC, \op\()l %r8d, (%rdi)
	form 8, MODIFY, LOGIC, \op\()q %r8, (%rdi)
	form 1, MODIFY, LOGIC, \op\()b $0x81, (%rdi)
	form 2, MODIFY, LOGIC, \op\()w $0x7654, (%rdi)
	form 4, MODIFY, LOGIC, \op\()l $-3, (%rdi)
	form 8, MODIFY, LOGIC, \op\()q $-0x76543210, (%rdi)
	form 4, MODIFY, LOGIC, lock \op\()l %eax, (%rdi)
	form 1, READ, LOGIC, \op\()b (%rdi), %ah
	form 4, READ, LOGIC, \op\()l (%rdi), %eax
	form 8, READ, LOGIC, \op\()q (%rdi), %r8
	.endr
	form 1, READ, ALL, cmpb %al, (%rdi)
	form 1, READ, ALL, cmpb (%rdi), %dh
	form 1, READ, ALL, cmpb $0x81, (%rdi)
	form 2, READ, ALL, cmpw $0x7654, (%rdi)
	form 4, READ, ALL, cmpl %eax, (%rdi)
	form 4, READ, ALL, cmpl (%rdi), %eax
	form 4, READ, ALL, cmpl $-3, (%rdi)
	form 8, READ, ALL, cmpq %r8, (%rdi)
	form 8, READ, ALL, cmpq $0x76543210, (%rdi)
	form 1, READ, LOGIC, testb %ah, (%rdi)
	form 1, READ, LOGIC, testb $0x40, (%rdi)
	form 2, READ, LOGIC, testw $0x4080, (%rdi)
	form 4, READ, LOGIC, testl %eax, (%rdi)
	form 4, READ, LOGIC, testl $0x80000000, (%rdi)
	form 8, READ, LOGIC, testq %r8, (%rdi)
	form 8, READ, LOGIC, testq $-0x80000000, (%rdi)
	.irp op, inc, dec, neg, not
	form 1, MODIFY, ALL, \op\()b (%rdi)
	form 2, MODIFY, ALL, \op\()w (%rdi)
	form 4, MODIFY, ALL, \op\()l (%rdi)
	form 8, MODIFY, ALL, \op\()q (%rdi)
	form 4, MODIFY, ALL, lock \op\()l (%rdi)
	.endr
	form 2, READ, MULTIPLY, imulw (%rdi), %ax
	form 4, READ, MULTIPLY, imull (%rdi), %eax
	form 8, READ, MULTIPLY, imulq (%rdi), %r8
	form 4, READ, MULTIPLY, imull $7, (%rdi), %eax
	form 8, READ, MULTIPLY, imulq $-0x12345, (%rdi), %r8

	/* Shifts by 1 define OF, others do not. */
	.irp op, rol, ror, rcl, rcr
	form 1, MODIFY, CARRY, \op\()b $1, (%rdi)
	form 2, MODIFY, CARRY, \op\()w $3, (%rdi)
	form 4, MODIFY, CARRY, \op\()l $3, (%rdi)
	form 4, MODIFY, CARRY, \op\()l %cl, (%rdi)
	form 8, MODIFY, CARRY, \op\()q %cl, (%rdi)
	.endr
	.irp op, shl, shr, sar
	form 1, MODIFY, LOGIC, \op\()b $1, (%rdi)
	form 2, MODIFY, SHIFT, \op\()w $3, (%rdi)
	form 4, MODIFY, SHIFT, \op\()l $3, (%rdi)
	form 4, MODIFY, SHIFT, \op\()l %cl, (%rdi)
	form 8, MODIFY, SHIFT, \op\()q %cl, (%rdi)
	.endr

	/* Exchanges. */
	form 1, MODIFY, NONE, xchgb %al, (%rdi)
	form 1, MODIFY, NONE, xchgb %bh, (%rdi)
	form 2, MODIFY, NONE, xchgw %ax, (%rdi)
	form 4, MODIFY, NONE, xchgl %eax, (%rdi)
	form 8, MODIFY, NONE, xchgq %r8, (%rdi)
	form 1, MODIFY, ALL, xaddb %dl, (%rdi)
	form 2, MODIFY, ALL, xaddw %dx, (%rdi)
	form 4, MODIFY, ALL, xaddl %edx, (%rdi)
	form 8, MODIFY, ALL, lock xaddq %rdx, (%rdi)
	form 1, MODIFY, ALL, cmpxchgb %dl, (%rdi)
	form 2, MODIFY, ALL, cmpxchgw %dx, (%rdi)
	form 4, MODIFY, ALL, cmpxchgl %edx, (%rdi)
	form 8, MODIFY, ALL, lock cmpxchgq %rdx, (%rdi)

	/* Bit tests. */
	form 2, READ, CARRY, btw $5, (%rdi)
	form 4, READ, CARRY, btl $31, (%rdi)
	form 8, READ, CARRY, btq %rcx, (%rdi)
	.irp op, bts, btr, btc
	form 2, MODIFY, CARRY, \op\()w %cx, (%rdi)
	form 4, MODIFY, CARRY, \op\()l $13, (%rdi)
	form 4, MODIFY, CARRY, \op\()l %ecx, (%rdi)
	form 8, MODIFY, CARRY, \op\()q $45, (%rdi)
	form 8, MODIFY, CARRY, lock \op\()q %rcx, (%rdi)
	/* A bit number beyond the operand addresses the memory beyond it. */
	form 4, MODIFY, CARRY, far_bit \op\()l %ecx, (%rdi)
	.endr

	/* String instructions: strings.c. */
	strings SOURCE | WRITE, NONE, movs
	strings SOURCE | WRITE | REPEATED, NONE, rep movs
	strings WRITE, NONE, stos
	strings WRITE | REPEATED, NONE, rep stos
	strings SOURCE, NONE, lods
	strings SOURCE | REPEATED, NONE, rep lods
	strings SOURCE | READ, ALL, cmps
	strings SOURCE | READ | REPEATED, ALL, repe cmps
	strings SOURCE | READ | REPEATED, ALL, repne cmps
	strings READ, ALL, scas
	strings READ | REPEATED, ALL, repe scas
	strings READ | REPEATED, ALL, repne scas

	/* What is not emulated: ignored, and said once. */
	gated X86_FEATURE_CX16, 16, REFUSED, NONE, lock cmpxchg16b (%rdi)
	gated X86_FEATURE_MOVDIR64B, 64, REFUSED, NONE, movdir64b (%rsi), %rdi
	gated X86_FEATURE_ENQCMD, 64, REFUSED, NONE, enqcmds (%rsi), %rdi

	.pushsection .rodata.test_table, "a"
	.globl	test_forms_end
test_forms_end:
	.popsection
