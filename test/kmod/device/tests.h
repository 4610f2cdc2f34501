/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCIEM_TESTS_TESTS_H
#define PCIEM_TESTS_TESTS_H

void test_bytes(void);
void test_ram(void);

#endif
