import { closeSync } from 'node:fs';
import { uapi } from '@pciem/capture/uapi';
import { IoctlArgument } from './argument.ts';
import { Control } from './control.ts';
import { openModule } from './open-module.ts';
import { ioctl } from './syscalls.ts';

const { constants, structs } = uapi;
/** Of the texts of marks, in bytes of UTF-8. */
export const MAX_MARK_BYTES = 4096;
/** The smallest ring: the tap is only there to name the endpoint. */
const RING_BYTES = 64 * 1024;

/**
 * Puts a mark into every capture of an endpoint that runs, whichever process runs it: 1 to MAX_MARK_BYTES bytes of
 * UTF-8. Throws a Failure without a usable module, a SyscallError if the endpoint is gone.
 */
export function markEndpoint(endpoint: number, text: string): void {
  const fd = openModule();
  try {
    const tap = new IoctlArgument(structs.pciem_tap.size);
    tap.view.setUint32(structs.pciem_tap.fields.endpoint.offset, endpoint, true);
    tap.view.setUint32(structs.pciem_tap.fields.bytes.offset, RING_BYTES, true);
    ioctl(fd, constants.PCIEM_TAP_ATTACH, 'PCIEM_TAP_ATTACH', tap.address);
    new Control(fd).mark(constants.PCIEM_MARK_TEXT, text);
  } finally {
    closeSync(fd);
  }
}
