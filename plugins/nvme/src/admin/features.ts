import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { FeatureId, type FeatureTraits, Select } from '../features.ts';
import { flushAll } from '../io/flush.ts';
import { ALL_NAMESPACES } from '../limits.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { getHostIdentifier, setHostIdentifier } from './host-identifier.ts';
import { getTimestamp, setTimestamp } from './timestamp.ts';

/** Save, bit 31 of dword 10. */
const SAVE = 0x8000_0000;

/** The features that are more than a value of dword 11. */
const OTHER_TRAITS: FeatureTraits = { saveable: false, namespaceSpecific: false, changeable: true };
const OTHERS: readonly number[] = [FeatureId.NumberOfQueues, FeatureId.Timestamp, FeatureId.HostIdentifier];

function traitsOf(core: Core, id: number): FeatureTraits | undefined {
  return OTHERS.includes(id) ? OTHER_TRAITS : core.features.traits(id);
}

/** Set Features (NVMe 1.4 §5.21). */
export function setFeatures(core: Core, command: Command, transfers: Transfers): undefined {
  const id = command.dword(10) & 0xff;
  const traits = traitsOf(core, id);
  if (!traits) return command.fail(Status.InvalidField, 10);
  const save = (command.dword(10) & SAVE) !== 0;
  if (save && !traits.saveable) return command.fail(Status.FeatureNotSaveable, 10, 31);
  if (!validNamespace(core, command, traits)) return;

  switch (id) {
    case FeatureId.NumberOfQueues:
      return setNumberOfQueues(core, command);
    case FeatureId.Timestamp:
      return setTimestamp(core, command, transfers);
    case FeatureId.HostIdentifier:
      return setHostIdentifier(core, command, transfers);
    default:
      return setValue(core, command, id, save);
  }
}

/** Only a feature with namespace scope takes the identifier of a namespace. */
function validNamespace(core: Core, command: Command, traits: FeatureTraits): boolean {
  const specific = command.nsid !== 0 && command.nsid !== ALL_NAMESPACES;
  if (specific && !core.namespace(command.nsid)) command.fail(Status.InvalidNamespace, 1);
  else if (specific && !traits.namespaceSpecific) command.fail(Status.FeatureNotNamespaceSpecific, 1);
  return command.status === Status.Success;
}

function setValue(core: Core, command: Command, id: number, save: boolean): undefined {
  const status = core.features.set(id, command.dword(11), save);
  if (status !== Status.Success) return command.fail(status, 11);
  const cached = !core.writeThrough;
  core.applyFeatures();
  if (cached && core.writeThrough) flushAll(core, command);
  if (id === FeatureId.TemperatureThreshold || id === FeatureId.AsyncEventConfiguration) core.reportHealth();
}

/** Number of Queues (§5.21.1.7), 0's based: the host gets all that there are, whatever it asks for. */
function setNumberOfQueues(core: Core, command: Command): undefined {
  const submission = command.dword(11) & 0xffff;
  const completion = command.dword(11) >>> 16;
  if (submission === 0xffff || completion === 0xffff) return command.fail(Status.InvalidField, 11);
  if (core.queues.anyIo) return command.fail(Status.CommandSequenceError);
  command.result = numberOfQueues(core);
}

function numberOfQueues(core: Core): number {
  return (core.queues.last - 1) * 0x1_0001;
}

/** Get Features (NVMe 1.4 §5.13). */
export function getFeatures(core: Core, command: Command, transfers: Transfers): undefined {
  const id = command.dword(10) & 0xff;
  const select = (command.dword(10) >>> 8) & 0x7;
  const traits = traitsOf(core, id);
  if (!traits) return command.fail(Status.InvalidField, 10);
  if (select > Select.Capabilities) return command.fail(Status.InvalidField, 10, 8);
  if (select === Select.Capabilities) {
    command.result = capabilities(traits);
    return;
  }
  switch (id) {
    case FeatureId.NumberOfQueues:
      command.result = numberOfQueues(core);
      return;
    case FeatureId.Timestamp:
      return getTimestamp(core, command, transfers, select);
    case FeatureId.HostIdentifier:
      return getHostIdentifier(core, command, transfers, select);
    default:
      return getValue(core, command, id, select);
  }
}

function capabilities({ saveable, namespaceSpecific, changeable }: FeatureTraits): number {
  return (saveable ? 1 : 0) | (namespaceSpecific ? 2 : 0) | (changeable ? 4 : 0);
}

function getValue(core: Core, command: Command, id: number, select: number): undefined {
  const value = core.features.get(id, command.dword(11), select);
  if (value === undefined) return command.fail(Status.InvalidField, 11);
  command.result = value;
}
