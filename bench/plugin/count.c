// SPDX-License-Identifier: MIT
/*
 * A plugin for QEMU's TCG that counts the instructions that the guest executes, of all CPUs together, as u64 in the
 * first bytes of a file: QEMU option -plugin count.so,counter=PATH. A guest that sees the file can read it. Halted CPUs
 * execute nothing.
 */
#include <stdint.h>

#include "qemu-plugin.h"
#include "shared-file.h"

int qemu_plugin_version = PLUGIN_VERSION;

static uint64_t *counter;

static void on_exec(unsigned int cpu, void *instructions)
{
	__atomic_fetch_add(counter, (uintptr_t)instructions, __ATOMIC_RELAXED);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_exec, 0, (void *)qemu_plugin_tb_n_insns(tb));
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	counter = map_shared_file("counter", sizeof(*counter), argc, argv);
	if (!counter)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
