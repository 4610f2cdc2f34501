import { resolve } from 'node:path';
import { isRegisterMapError, loadRegisterMap, type RegisterMap } from '@pciem/sdk/maps';
import { findDevice } from '../devices/find.ts';
import { loadForInspection } from '../devices/load.ts';
import { messageOf, UsageFailure } from '../errors.ts';
import type { LearnedModel } from '../model/format.ts';
import { learnFromFiles } from '../model/learn-files.ts';
import { readModel, shapeOfModel } from '../model/load-learned.ts';
import { cloneShape } from './clone/clone.ts';
import type { Mode } from './core/source.ts';
import { Hooks } from './hooks.ts';
import { buildShape } from './shape/build-shape.ts';
import { mapOfDevice } from './shape/map-of-device.ts';
import { parseBar, parseClass, parseDump, parseId } from './shape/parse-flags.ts';
import { shapeDevice } from './shape/shape-device.ts';
import type { ProxySpec } from './spec.ts';

/** The options of `pciem proxy` that say what stands on the bus. */
export interface SpecFlags {
  id?: string | undefined;
  class?: string | undefined;
  bar?: readonly string[] | undefined;
  'bar-dump'?: readonly string[] | undefined;
  clone?: string | undefined;
  learn?: readonly string[] | undefined;
  map?: string | undefined;
  device?: string | undefined;
  unmapped?: 'zeros' | 'ones' | undefined;
  rules?: readonly string[] | undefined;
  script?: string | undefined;
  mode?: Mode | undefined;
  break?: readonly string[] | undefined;
  auto: boolean;
  'write-rules'?: string | undefined;
  explain: boolean;
}

/** Finds and checks everything that the options name. Throws a UsageFailure that says what to mend. */
export async function resolveSpec(flags: SpecFlags): Promise<Omit<ProxySpec, 'control'>> {
  const rules = (flags.rules ?? []).map((file) => resolve(file));
  const script = flags.script === undefined ? undefined : resolve(flags.script);
  await new Hooks(rules, script).load();
  const model = await modelOf(flags.learn ?? []);
  return {
    behind: await behindOf(flags, model),
    ...(model && { model }),
    dumps: (flags['bar-dump'] ?? []).map(parseDump).map(({ bar, file }) => ({ bar, file: resolve(file) })),
    rules,
    ...(script === undefined ? {} : { script }),
    ...(flags.unmapped === undefined ? {} : { unmapped: flags.unmapped }),
    mode: flags.mode ?? 'hook',
    breaks: flags.break ?? [],
    auto: flags.auto,
    ...(flags['write-rules'] === undefined ? {} : { writeRules: resolve(flags['write-rules']) }),
    explain: flags.explain,
  };
}

/** What was learned: from a model file, or now from captures. */
async function modelOf(files: readonly string[]): Promise<LearnedModel | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  return files.length === 1 && /\.ya?ml$/.test(first) ? readModel(first) : learnFromFiles(files);
}

async function behindOf(flags: SpecFlags, model: LearnedModel | undefined): Promise<ProxySpec['behind']> {
  if (flags.device !== undefined) return { device: await findDevice(flags.device) };
  const shape = buildShape({
    clone:
      flags.clone === undefined
        ? model && shapeOfModel(model)
        : await cloneShape(flags.clone, (line) => process.stderr.write(`pciem: ${line}\n`)),
    map: flags.map === undefined ? undefined : await loadMap(flags.map),
    identity: {
      ...(flags.id === undefined ? {} : parseId(flags.id)),
      ...(flags.class === undefined ? {} : { class: parseClass(flags.class) }),
    },
    bars: (flags.bar ?? []).map(parseBar),
  });
  try {
    // Checks what no single option shows.
    shapeDevice(shape).build({} as never);
  } catch (error) {
    throw new UsageFailure(messageOf(error));
  }
  return { shape };
}

/** The registers of a file, or of a device. */
async function loadMap(file: string): Promise<RegisterMap> {
  if (!isMapFile(file)) return mapOfPlugin(file);
  try {
    return await loadRegisterMap(file);
  } catch (error) {
    if (isRegisterMapError(error)) throw new UsageFailure(`--map ${file} cannot be used`, error.problems);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageFailure(`--map ${file}: ${missing ? 'there is no such file' : messageOf(error)}`);
  }
}

/** What has an extension is a file, unless it is the module of a device. */
function isMapFile(name: string): boolean {
  return /\.[^./]+$/.test(name) && !/\.[mc]?[tj]s$/.test(name);
}

async function mapOfPlugin(name: string): Promise<RegisterMap> {
  const device = await findDevice(name);
  const { instance, missing } = await loadForInspection(device, {});
  if (instance) return mapOfDevice(instance);
  throw new UsageFailure(`--map ${name}: the device cannot be built without options`, missing);
}
