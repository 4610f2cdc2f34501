/* SPDX-License-Identifier: MIT */
/*
 * What the plugins need of QEMU's qemu-plugin.h, which is in no package of Debian 12 (QEMU 7.2:
 * docs/devel/tcg-plugins.rst). PLUGIN_VERSION is that of the interface.
 */
#ifndef PCIEM_QEMU_PLUGIN_H
#define PCIEM_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info_t;

extern int qemu_plugin_version;

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*callback)(unsigned int, void *), int flags,
					  void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#endif
