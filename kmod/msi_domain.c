// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MSI domain of an endpoint: gives vectors to Linux and composes the message
 * that the PCI core writes into the MSI-X table or the MSI capability.
 */
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>

#include "compat.h"
#include "internal.h"

static void chip_ack(struct irq_data *data)
{
}

int pciem_vector_set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	struct pciem_vector *vector = irq_data_get_irq_chip_data(data);
	unsigned int cpu = cpumask_any_and_distribute(mask, cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	if (vector)
		WRITE_ONCE(vector->cpu, cpu);
	irq_data_update_effective_affinity(data, cpumask_of(cpu));
	return IRQ_SET_MASK_OK_DONE;
}

static void chip_compose_msi_msg(struct irq_data *data, struct msi_msg *msg)
{
	struct pci_dev *pdev = msi_desc_to_pci_dev(irq_data_get_msi_desc(data));
	struct pciem_fn *fn = pciem_fn_of(&pdev->dev);

	msg->address_hi = 0;
	msg->address_lo = pciem_message_address(fn->endpoint);
	msg->data = pciem_message_data(fn, data->hwirq & PCIEM_MESSAGE_VECTOR);
}

static struct irq_chip msi_chip = {
	.name = "pciem",
	.irq_ack = chip_ack,
	.irq_set_affinity = pciem_vector_set_affinity,
	.irq_compose_msi_msg = chip_compose_msi_msg,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

/*
 * NULL for a vector that the function does not have: Linux may ask for it, for
 * one because the config space of a device that has gone reads as all-ones, and
 * gets an interrupt that never comes. To refuse it is no way out: where MSI-X
 * cannot be set up, 6.12 unmaps the table twice, and warns of that.
 */
static struct pciem_vector *vector_of(struct msi_desc *desc, irq_hw_number_t hwirq)
{
	struct pciem_fn *fn = pciem_fn_of(&msi_desc_to_pci_dev(desc)->dev);
	unsigned int index = hwirq & PCIEM_MESSAGE_VECTOR;

	return index < fn->num_vectors ? &fn->vectors[index] : NULL;
}

#ifdef PCIEM_HAVE_MSI_PARENT_DOMAIN

/* The endpoint's domain is the parent of the functions' own. */
static void domain_free(struct irq_domain *domain, unsigned int virq, unsigned int count)
{
	while (count--) {
		struct pciem_vector *vector = irq_domain_get_irq_data(domain, virq)->chip_data;

		if (vector)
			WRITE_ONCE(vector->virq, 0);
		irq_domain_reset_irq_data(irq_domain_get_irq_data(domain, virq++));
	}
}

static int domain_alloc(struct irq_domain *domain, unsigned int virq, unsigned int count,
			void *data)
{
	msi_alloc_info_t *info = data;
	struct pciem_fn *fn = pciem_fn_of(&msi_desc_to_pci_dev(info->desc)->dev);
	unsigned int i;

	for (i = 0; i < count; i++) {
		irq_hw_number_t hwirq = pciem_message_data(fn, info->desc->msi_index + i);
		struct pciem_vector *vector = vector_of(info->desc, hwirq);

		irq_domain_set_info(domain, virq + i, hwirq, &msi_chip, vector, handle_edge_irq,
				    NULL, NULL);
		if (vector)
			WRITE_ONCE(vector->virq, virq + i);
	}
	return 0;
}

static const struct irq_domain_ops domain_ops = {
	.alloc = domain_alloc,
	.free = domain_free,
};

static const struct msi_parent_ops parent_ops = {
	.supported_flags = MSI_GENERIC_FLAGS_MASK | MSI_FLAG_PCI_MSIX | MSI_FLAG_MULTI_PCI_MSI,
	.required_flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS,
	.chip_flags = MSI_CHIP_FLAG_SET_ACK,
	.bus_select_token = DOMAIN_BUS_NEXUS,
	.bus_select_mask = MATCH_PCI_MSI,
	.prefix = "pciem-",
	.init_dev_msi_info = msi_lib_init_dev_msi_info,
};

static struct irq_domain *create(struct pciem_endpoint *ep)
{
	struct irq_domain_info info = {
		.fwnode = ep->msi_fwnode,
		.ops = &domain_ops,
		.host_data = ep,
		.size = PCIEM_MESSAGE_DATA_MAX,
	};

	return msi_create_parent_irq_domain(&info, &parent_ops);
}

#else

/* One domain for all functions; its hardware number ends in the vector. */
static int domain_msi_init(struct irq_domain *domain, struct msi_domain_info *info,
			   unsigned int virq, irq_hw_number_t hwirq, msi_alloc_info_t *arg)
{
	struct pciem_vector *vector = vector_of(arg->desc, hwirq);

	irq_domain_set_info(domain, virq, hwirq, info->chip, vector, handle_edge_irq, NULL, NULL);
	pciem_irq_moves_at_once(virq);
	if (vector)
		WRITE_ONCE(vector->virq, virq);
	return 0;
}

static void domain_msi_free(struct irq_domain *domain, struct msi_domain_info *info,
			    unsigned int virq)
{
	struct pciem_vector *vector = irq_get_chip_data(virq);

	if (vector)
		WRITE_ONCE(vector->virq, 0);
}

static struct msi_domain_ops domain_ops = {
	.msi_init = domain_msi_init,
	.msi_free = domain_msi_free,
};

static struct msi_domain_info domain_info = {
	.flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS | MSI_FLAG_PCI_MSIX |
		 MSI_FLAG_MULTI_PCI_MSI,
	.ops = &domain_ops,
	.chip = &msi_chip,
};

static struct irq_domain *create(struct pciem_endpoint *ep)
{
	return pci_msi_create_irq_domain(ep->msi_fwnode, &domain_info, NULL);
}

#endif

/**
 * pciem_irq_add() - create the MSI domain of an endpoint
 * @ep: endpoint
 *
 * Return: 0 or -ENOMEM.
 */
int pciem_irq_add(struct pciem_endpoint *ep)
{
	ep->msi_fwnode = irq_domain_alloc_named_id_fwnode("pciem", ep->id);
	if (!ep->msi_fwnode)
		return -ENOMEM;
	ep->msi_domain = create(ep);
	if (ep->msi_domain)
		return 0;
	irq_domain_free_fwnode(ep->msi_fwnode);
	ep->msi_fwnode = NULL;
	return -ENOMEM;
}

void pciem_irq_remove(struct pciem_endpoint *ep)
{
	if (!ep->msi_domain)
		return;
	irq_domain_remove(ep->msi_domain);
	irq_domain_free_fwnode(ep->msi_fwnode);
	ep->msi_domain = NULL;
	ep->msi_fwnode = NULL;
}
