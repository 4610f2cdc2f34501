import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { identifyController } from '../data/identify-controller.ts';
import { identifyNamespace } from '../data/identify-namespace.ts';
import { namespaceDescriptors } from '../data/namespace-descriptors.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { sendToHost } from './admin-command.ts';

/** Controller or Namespace Structure (NVMe 1.4 §5.15.1). */
const CNS_NAMESPACE = 0x00;
const CNS_CONTROLLER = 0x01;
const CNS_ACTIVE_NAMESPACES = 0x02;
const CNS_DESCRIPTORS = 0x03;

/** NSIDs from here on cannot start a namespace list (§5.15.2.3). */
const LAST_LIST_START = 0xfffffffd;

/** Identify (NVMe 1.4 §5.15). */
export function identify(core: Core, command: Command, transfers: Transfers): undefined {
  const data = structure(core, command);
  if (data) sendToHost(core, command, transfers, data);
}

function structure(core: Core, command: Command): Uint8Array | undefined {
  switch (command.dword(10) & 0xff) {
    case CNS_NAMESPACE:
      return ofNamespace(core, command, identifyNamespace);
    case CNS_CONTROLLER:
      return identifyController(core.identity, {
        namespaces: core.namespaces.length,
        capacity: totalCapacity(core),
        doorbellBuffer: core.takesDoorbellBuffer,
      });
    case CNS_ACTIVE_NAMESPACES:
      return activeNamespaces(core, command);
    case CNS_DESCRIPTORS:
      return ofNamespace(core, command, namespaceDescriptors);
    default:
      command.fail(Status.InvalidField, 10);
      return undefined;
  }
}

type Describe = (namespace: Core['namespaces'][number]) => Uint8Array;

function ofNamespace(core: Core, command: Command, describe: Describe): Uint8Array | undefined {
  const namespace = core.namespace(command.nsid);
  if (namespace) return describe(namespace);
  command.fail(Status.InvalidNamespace, 1);
  return undefined;
}

/** The NSIDs above the given one, ascending. */
function activeNamespaces(core: Core, command: Command): Uint8Array | undefined {
  if (command.nsid > LAST_LIST_START) {
    command.fail(Status.InvalidNamespace, 1);
    return undefined;
  }
  const list = new Uint32Array(1024);
  list.set(core.namespaces.map(({ id }) => id).filter((id) => id > command.nsid));
  return new Uint8Array(list.buffer);
}

function totalCapacity(core: Core): number {
  return core.namespaces.reduce((sum, { capacity }) => sum + capacity, 0);
}
