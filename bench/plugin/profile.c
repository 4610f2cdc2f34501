// SPDX-License-Identifier: MIT
/*
 * A plugin for QEMU's TCG that counts how often the guest executes each translation block: QEMU option
 * -plugin profile.so,profile=PATH. See struct profile for what the file holds, in the byte order of the host. It counts
 * while somebody else has set `counting` in the file.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu-plugin.h"

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

static struct profile *map_profile(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(*profile)) < 0)
		return NULL;
	memory = mmap(NULL, sizeof(*profile), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "profile=", 8) != 0) {
		fprintf(stderr, "profile.so: the only argument is profile=PATH\n");
		return 1;
	}
	profile = map_profile(argv[0] + 8);
	if (!profile) {
		perror(argv[0] + 8);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
