import { AsyncEvents, type EventSink, EventType, HealthEvent } from './async-events.ts';
import type { Command } from './command.ts';
import { LogPage } from './data/log-page-ids.ts';
import type { DoorbellBuffer } from './doorbell-buffer.ts';
import { ErrorLog } from './error-log.ts';
import { FeatureId, Features } from './features.ts';
import { Health } from './health.ts';
import type { Identity } from './identity.ts';
import { Interrupts } from './interrupts.ts';
import { MIN_PAGE_SIZE } from './limits.ts';
import type { Namespace } from './namespace.ts';
import type { Ports } from './ports.ts';
import { QueueSet } from './queues.ts';
import { Status } from './status.ts';

export interface CoreOptions {
  identity: Identity;
  namespaces: Namespace[];
  /** I/O queue pairs; there is one more interrupt vector. */
  ioQueues: number;
  /** Supports Doorbell Buffer Config. */
  doorbellBuffer: boolean;
}

/** The state of the controller that command handlers share. */
export class Core {
  readonly ports: Ports;
  readonly identity: Identity;
  readonly namespaces: readonly Namespace[];
  readonly queues: QueueSet;
  /** Whether Doorbell Buffer Config is supported, and what it has set. */
  readonly takesDoorbellBuffer: boolean;
  doorbellBuffer: DoorbellBuffer | null = null;
  readonly features: Features;
  readonly health = new Health();
  readonly errors = new ErrorLog();
  readonly events: AsyncEvents;
  readonly interrupts: Interrupts;
  /** Bytes of a memory page, CC.MPS. */
  pageSize = MIN_PAGE_SIZE;
  /** CC.IOSQES and CC.IOCQES. */
  ioSqEntryShift = 0;
  ioCqEntryShift = 0;
  /** Timestamp feature: milliseconds since 1970 minus `Date.now()` when the host set it, else since the reset. */
  timestampOffset = -Date.now();
  timestampSet = false;
  /** Host Identifier feature: 16 bytes, zero when not set. */
  readonly hostIdentifier = new Uint8Array(16);
  /** Commands each submission queue may launch per turn, from the Arbitration feature. */
  burst = 0;
  /** Writes reach the medium before they complete: the volatile write cache is off. */
  writeThrough = false;

  constructor(ports: Ports, options: CoreOptions, sink: EventSink) {
    this.ports = ports;
    this.identity = options.identity;
    this.namespaces = options.namespaces;
    this.queues = new QueueSet(options.ioQueues);
    this.takesDoorbellBuffer = options.doorbellBuffer;
    this.features = new Features(options.ioQueues + 1);
    this.events = new AsyncEvents(sink);
    this.interrupts = new Interrupts(ports, options.ioQueues + 1);
    this.applyFeatures();
  }

  namespace(nsid: number): Namespace | undefined {
    return this.namespaces[nsid - 1];
  }

  /** Controller level reset: features go back to their saved or default values (NVMe 1.4 §7.3.2). */
  reset(): void {
    this.queues.clear();
    this.doorbellBuffer = null;
    this.events.reset();
    this.features.reset();
    this.interrupts.reset();
    this.timestampOffset = -Date.now();
    this.timestampSet = false;
    this.hostIdentifier.fill(0);
    this.applyFeatures();
  }

  /** Puts the values of features where they act. */
  applyFeatures(): void {
    const { features, interrupts, health } = this;
    const burst = features.value(FeatureId.Arbitration) & 0x7;
    this.burst = burst === 7 ? Number.POSITIVE_INFINITY : 1 << burst;
    this.writeThrough = features.value(FeatureId.VolatileWriteCache) === 0;
    const coalescing = features.value(FeatureId.InterruptCoalescing);
    interrupts.threshold = coalescing & 0xff;
    interrupts.time = coalescing >>> 8;
    for (let vector = 0; vector < interrupts.vectors; vector++) {
      interrupts.coalescingDisabled[vector] =
        (features.value(FeatureId.InterruptVectorConfiguration, vector) & 0x10000) !== 0;
    }
    health.overThreshold = features.value(FeatureId.TemperatureThreshold, 0);
    health.underThreshold = features.value(FeatureId.TemperatureThreshold, 1);
  }

  /** A critical warning becomes an event when the host has enabled it (§5.21.1.11). */
  reportHealth(): void {
    const enabled = this.features.value(FeatureId.AsyncEventConfiguration);
    if ((this.health.criticalWarning & enabled) === 0) return;
    this.events.raise(EventType.Health, HealthEvent.TemperatureThreshold, LogPage.Health);
  }

  /** The backing store failed: counted, told, and the status of the command. */
  mediaError(command: Command, status: number, error: unknown): undefined {
    this.health.mediaErrors++;
    this.ports.warn(`backing store: ${error instanceof Error ? error.message : String(error)}`);
    const noSpace = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    command.fail(noSpace ? Status.CapacityExceeded : status);
  }
}
