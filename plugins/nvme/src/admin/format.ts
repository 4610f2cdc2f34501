import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { ALL_NAMESPACES } from '../limits.ts';
import { LBA_FORMATS } from '../namespace.ts';
import { Status } from '../status.ts';

/** Metadata, protection information and its location: none of it is supported. */
const METADATA_AND_PROTECTION = 0x1f0;
/** Secure Erase Settings: none, user data, cryptographic. */
const LAST_ERASE = 2;

/** Format NVM (NVMe 1.4 §5.23). All blocks read zero afterwards, whatever the erase setting. */
export function formatNvm(core: Core, command: Command): undefined {
  const dword10 = command.dword(10);
  const namespaces = command.nsid === ALL_NAMESPACES ? core.namespaces : [core.namespace(command.nsid)];
  const format = dword10 & 0xf;
  if (format >= LBA_FORMATS.length) return command.fail(Status.InvalidFormat, 10);
  if (dword10 & METADATA_AND_PROTECTION) return command.fail(Status.InvalidFormat, 10, 4);
  if (((dword10 >>> 9) & 0x7) > LAST_ERASE) return command.fail(Status.InvalidField, 10, 9);
  for (const namespace of namespaces) {
    if (!namespace) return command.fail(Status.InvalidNamespace, 1);
    try {
      namespace.store.zero(0, namespace.store.size);
      namespace.store.flush();
    } catch (error) {
      return core.mediaError(command, Status.WriteFault, error);
    }
    namespace.format = format;
  }
}
