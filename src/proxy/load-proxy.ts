import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type DeviceDefinition, isDeviceDefinition } from '@pciem/sdk';
import { Failure, UsageFailure } from '../errors.ts';
import { constantsOf } from '../model/constants.ts';
import { LearnedSource } from '../model/learned-source.ts';
import { Breakpoints } from './control/breakpoints.ts';
import { ControlServer } from './control/server.ts';
import type { Contents } from './core/inner-device.ts';
import type { ProxyParts } from './core/proxy.ts';
import { proxyDevice } from './core/proxy-device.ts';
import { Hooks } from './hooks.ts';
import { AutoAnswers } from './polls/auto-answers.ts';
import { PollWatch } from './polls/poll-watch.ts';
import { shapeDevice } from './shape/shape-device.ts';
import type { ProxySpec } from './spec.ts';

/** Builds the device that a specification describes. Throws a Failure that says what to mend. */
export async function loadProxy(spec: ProxySpec): Promise<DeviceDefinition> {
  const { model, mode, explain, control, breaks, auto, writeRules } = spec;
  const hooks = new Hooks(spec.rules, spec.script);
  await hooks.load();
  const behind =
    'shape' in spec.behind ? shapeDevice(spec.behind.shape) : await loadDefinition(spec.behind.device.entry);
  const breakpoints = new Breakpoints(breaks);
  const parts: ProxyParts = {
    mode,
    explain,
    hooks: (session) => hooks.sources(session),
    models: (session) => [
      ...(auto ? [new AutoAnswers(session, writeRules)] : []),
      ...(model ? [new LearnedSource(model, session)] : []),
    ],
    observers: (session) => (auto ? [] : [new PollWatch(session)]),
    stepper: breakpoints,
    started: (proxy, session) => {
      const unwatch = hooks.watch(proxy, session);
      const server = new ControlServer(control, { proxy, session, hooks, breakpoints, name: behind.name });
      return () => {
        unwatch();
        server.close();
      };
    },
  };
  return proxyDevice(behind, await contentsOf(spec), parts);
}

async function contentsOf(spec: ProxySpec): Promise<Contents> {
  const { behind, unmapped, dumps, model } = spec;
  const files = await Promise.all(dumps.map(async ({ bar, file }) => [bar, await readDump(bar, file)] as const));
  const fill = unmapped === 'ones' ? 0xff : 0;
  return {
    ...('shape' in behind ? { unmapped: fill } : {}),
    dumps: new Map(files),
    ...(model && isAlone(spec) && { constants: constantsOf(model) }),
  };
}

/** Whether nobody but the model answers, or wants to be asked. */
function isAlone({ rules, script, mode, auto, explain, dumps }: ProxySpec): boolean {
  return rules.length + dumps.length === 0 && script === undefined && mode !== 'step' && !auto && !explain;
}

async function readDump(bar: number, file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageFailure(`--bar-dump ${bar}=${file}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`);
  });
}

async function loadDefinition(entry: string): Promise<DeviceDefinition> {
  const { default: definition } = (await import(pathToFileURL(entry).href)) as { default: unknown };
  if (isDeviceDefinition(definition)) return definition;
  throw new Failure(`The module ${entry} exports no device`, ['Write: export default defineDevice({ name: …, … })']);
}
