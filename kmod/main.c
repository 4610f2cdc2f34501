// SPDX-License-Identifier: GPL-2.0-only
/*
 * pciem: PCI Express endpoints implemented in user space.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "internal.h"

static int __init pciem_init(void)
{
	int ret;

	ret = pciem_endpoint_init();
	if (ret)
		return ret;
	ret = pciem_mapping_init();
	if (ret)
		goto endpoint;
	ret = pciem_caller_init();
	if (ret)
		goto mapping;
	ret = pciem_remap_init();
	if (ret)
		goto caller;
	ret = pciem_trap_init();
	if (ret)
		goto remap;
	ret = pciem_bus_init();
	if (ret)
		goto trap;
	ret = pciem_chardev_init();
	if (ret)
		goto bus;
	pciem_debugfs_init();
	return 0;

bus:
	pciem_bus_exit();
trap:
	pciem_trap_exit();
remap:
	pciem_remap_exit();
caller:
	pciem_caller_exit();
mapping:
	pciem_mapping_exit();
endpoint:
	pciem_endpoint_exit();
	return ret;
}

/* Endpoints hold a reference on the module: none is left here. */
static void __exit pciem_exit(void)
{
	pciem_debugfs_exit();
	pciem_chardev_exit();
	pciem_bus_exit();
	pciem_endpoint_exit();
	pciem_trap_exit();
	pciem_remap_exit();
	pciem_caller_exit();
	pciem_mapping_exit();
	/*
	 * Whoever leaves an access, or closes the last mapping of a BAR, drops its
	 * reference while it is still in our text, and may have been preempted there.
	 */
	synchronize_rcu_tasks();
}

module_init(pciem_init);
module_exit(pciem_exit);

MODULE_DESCRIPTION("PCI Express endpoints implemented in user space");
MODULE_AUTHOR("The pciem authors");
MODULE_LICENSE("GPL");
