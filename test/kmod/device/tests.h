/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCIEM_TESTS_TESTS_H
#define PCIEM_TESTS_TESTS_H

void test_bytes(void);
void test_timeout(void);
void test_callers(void);
void test_ram(void);
void test_faults(void);
void test_atomics(void);
void test_coherent(void);
void test_peer(void);
void test_rom(void);
void test_ports(void);
void test_reset(void);
void test_power(void);
void test_functions(void);
void test_devices(void);
void test_uio(void);
void test_vfio(void);

#endif
