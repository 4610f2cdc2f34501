// SPDX-License-Identifier: MIT
/*
 * A plugin for QEMU's TCG that counts the instructions that the guest executes, of all CPUs together, as u64 in the
 * first bytes of a file: QEMU option -plugin count.so,counter=PATH. A guest that sees the file can read it. Halted CPUs
 * execute nothing.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu-plugin.h"

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

static uint64_t *map_counter(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(uint64_t)) < 0)
		return NULL;
	memory = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "counter=", 8) != 0) {
		fprintf(stderr, "count.so: the only argument is counter=PATH\n");
		return 1;
	}
	counter = map_counter(argv[0] + 8);
	if (!counter) {
		perror(argv[0] + 8);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
