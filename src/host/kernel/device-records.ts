import { uapi } from '@pciem/capture/uapi';
import { CompletionStatus, type DeviceInstance, READ_DEFERRED, READ_DONE, type ResetKind } from '@pciem/sdk';
import type { KernelPort } from './kernel-port.ts';
import type { RecordHandler } from './ring.ts';

const {
  PCIEM_RECORD_WRITE,
  PCIEM_RECORD_READ,
  PCIEM_RECORD_RESET,
  PCIEM_RECORD_PLUGGED,
  PCIEM_RECORD_UNPLUGGED,
  PCIEM_RECORD_BOUND,
  PCIEM_RECORD_UNBOUND,
  PCIEM_RECORD_POWER,
} = uapi.constants;

/** By enum pciem_reset. */
const RESET_KINDS: readonly ResetKind[] = ['flr', 'bus', 'd3'];

/** The life of an endpoint, as its ring tells it. */
export interface LifeCycle {
  /** `errno`: 0, or a negative errno. */
  plugged(errno: number): void;
  unplugged(): void;
  bound(fn: number): void;
  unbound(): void;
  reset(kind: ResetKind): void;
}

/** Turns ring records into calls of the device and its life cycle. */
export function recordHandler(instance: DeviceInstance, port: KernelPort, life: LifeCycle): RecordHandler {
  const { result } = instance;
  const { reading } = port;

  function read(fn: number, space: number, offset: number, size: number): void {
    reading.fn = fn;
    reading.space = space;
    reading.offset = offset;
    const outcome = instance.dispatchRead(fn, space, offset, size);
    if (outcome === READ_DONE) port.completeRead(CompletionStatus.SC, result.low, result.high);
    else if (outcome !== READ_DEFERRED) port.completeRead(CompletionStatus.UR, 0, 0);
  }

  return (kind, fn, space, offset, size, low, high) => {
    switch (kind) {
      case PCIEM_RECORD_WRITE:
        instance.dispatchWrite(fn, space, offset, size, low, high);
        break;
      case PCIEM_RECORD_READ:
        read(fn, space, offset, size);
        break;
      case PCIEM_RECORD_RESET: {
        const reset = RESET_KINDS[low] ?? 'bus';
        instance.reset(fn, reset);
        life.reset(reset);
        break;
      }
      case PCIEM_RECORD_POWER:
        instance.power(fn, low);
        break;
      case PCIEM_RECORD_PLUGGED:
        life.plugged(low | 0);
        break;
      case PCIEM_RECORD_UNPLUGGED:
        life.unplugged();
        break;
      case PCIEM_RECORD_BOUND:
        life.bound(fn);
        break;
      case PCIEM_RECORD_UNBOUND:
        life.unbound();
        break;
    }
  };
}
