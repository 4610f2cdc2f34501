// SPDX-License-Identifier: MIT
/*
 * A plugin for QEMU's TCG that counts how often the guest executes each translation block: QEMU option
 * -plugin profile.so,profile=PATH. See struct profile for what the file holds, in the byte order of the host. It counts
 * while somebody else has set `counting` in the file.
 */
#include <stdint.h>

#include "qemu-plugin.h"
#include "shared-file.h"

int qemu_plugin_version = PLUGIN_VERSION;

/* Blocks that are translated again, after the code cache was flushed, get new entries. */
#define MAX_BLOCKS (1 << 22)

struct block {
	/* Virtual address of the first instruction. */
	uint64_t address;
	uint64_t instructions;
	uint64_t executions;
};

struct profile {
	/* Entries in use; more than there are if some blocks found no entry. */
	uint64_t blocks;
	uint64_t counting;
	struct block block[MAX_BLOCKS];
};

static struct profile *profile;

static void on_exec(unsigned int cpu, void *data)
{
	struct block *block = data;

	if (__atomic_load_n(&profile->counting, __ATOMIC_RELAXED))
		__atomic_fetch_add(&block->executions, 1, __ATOMIC_RELAXED);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t index = __atomic_fetch_add(&profile->blocks, 1, __ATOMIC_RELAXED);

	if (index >= MAX_BLOCKS)
		return;
	profile->block[index].address = qemu_plugin_tb_vaddr(tb);
	profile->block[index].instructions = qemu_plugin_tb_n_insns(tb);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_exec, 0, &profile->block[index]);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	profile = map_shared_file("profile", sizeof(*profile), argc, argv);
	if (!profile)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
