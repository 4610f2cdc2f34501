import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toJson } from '../plain-json.ts';
import { type RunHooks, runOnThisMachine } from '../run/on-this-machine.ts';
import type { RunRequest } from '../run/request.ts';
import { siblingModule } from '../sibling-module.ts';
import { controlPath } from './control/client.ts';
import { StepPrompt } from './control/step-prompt.ts';
import { BatchedOutput } from './log/batched-output.ts';
import { LiveLog } from './log/live-log.ts';
import { stuckRegister } from './polls/poll-watch.ts';
import { Probes } from './polls/probes.ts';
import { deviceNameOf, needsProxy, type ProxySpec } from './spec.ts';
import { whyUnbound } from './why-unbound.ts';

/** What `pciem proxy` was asked for besides what `pciem run` does. */
export interface ProxyRequest {
  readonly spec: Omit<ProxySpec, 'control'>;
  readonly log: {
    readonly quiet: boolean;
    readonly json: boolean;
    readonly color: boolean;
    /** Say who makes each access. */
    readonly callers: boolean;
    /** Standard output when left out. */
    readonly file?: string;
  };
}

/** Seconds after which a driver has probably failed its probe, which is nothing unusual for one without its device, */
const BIND_LIMIT = 20;
/** where it has good reasons to take longer, */
const LONG_BIND_LIMIT = 120;
/** and where a person answers. */
const STEP_BIND_LIMIT = 86_400;

/** Plugs a proxy into this machine, as `runOnThisMachine` does with a device. Returns the exit status. */
export async function runProxyOnThisMachine(request: RunRequest, { spec, log }: ProxyRequest): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-proxy-'));
  const control = controlPath(process.pid);
  const fd = log.file === undefined ? process.stdout.fd : openSync(log.file, 'w');
  const output = new BatchedOutput(fd);
  const live = log.quiet ? undefined : new LiveLog(log, (text) => output.write(text));
  const steps = spec.mode === 'step' ? prompt(control) : undefined;
  try {
    const file = join(directory, 'spec.json');
    await writeFile(file, toJson({ ...spec, control } satisfies ProxySpec));
    const [planned] = request.devices;
    const label = deviceNameOf(spec);
    const entry = needsProxy(spec) ? moduleUrl(file) : (planned?.device.entry ?? '');
    const device = { device: { name: label, summary: '', entry }, label, settings: planned?.settings ?? {} };
    return await runOnThisMachine({ ...request, devices: [device] }, hooksOf(live, { spec, log }));
  } finally {
    await live?.end();
    output.flush();
    steps?.();
    if (log.file !== undefined) closeSync(fd);
    await rm(directory, { recursive: true, force: true });
  }
}

function hooksOf(live: LiveLog | undefined, { spec: { mode, auto }, log }: ProxyRequest): RunHooks {
  // The log has the device's lines, as marks.
  const hidesLines = live !== undefined && log.file === undefined;
  const probes = auto ? new Probes() : undefined;
  return {
    ...(live && { live: { file: live.pipe, settings: { callers: log.callers } } }),
    bindLimit: mode === 'step' ? STEP_BIND_LIMIT : auto ? LONG_BIND_LIMIT : BIND_LIMIT,
    ...(live && { unbound: (address) => whyUnbound(address, live.lastAccess) }),
    shows: (event) => {
      probes?.take(event);
      if (event.type === 'warn') tellWho(live, event.text);
      if ('file' in event && event.file === live?.pipe) return event.type === 'capture-failed';
      return !hidesLines || (event.type !== 'log' && event.type !== 'warn');
    },
  };
}

/** Where in the driver it is stuck, once the log has come so far. */
function tellWho(live: LiveLog | undefined, text: string): void {
  const register = stuckRegister(text);
  if (register === undefined) return;
  live?.tellReader(register, (reader) => process.stderr.write(`pciem: ${register} is read in ${reader}\n`));
}

function moduleUrl(spec: string): string {
  const url = siblingModule('proxy-module', import.meta.url);
  url.searchParams.set('spec', spec);
  return url.href;
}

/** Asks the person at the terminal what to answer. Returns what ends that. */
function prompt(control: string): () => void {
  const steps = new StepPrompt(process.stdin, () => process.kill(process.pid, 'SIGINT'));
  let open = true;
  const release = () => steps.release();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, release);
  void (async () => {
    // The socket is there when the device is.
    while (open) {
      const connected = await steps.connect(control).then(
        () => true,
        () => false,
      );
      if (connected) return;
      await sleep(100, undefined, { ref: false });
    }
  })();
  return () => {
    open = false;
    for (const signal of signals) process.off(signal, release);
    steps.close();
  };
}
