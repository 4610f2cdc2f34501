import type { RecordedEvent, Recording } from '../model/recording.ts';
import { Series } from '../model/series.ts';
import { RegisterNames } from '../proxy/core/register-names.ts';
import { rulesText } from '../proxy/rules/rules-text.ts';
import type { RuleSpec } from '../proxy/rules/schema.ts';

const CONFIG_SPACE = 7;
/** Pauses of the driver from which on the script waits, milliseconds. */
const PAUSE = 1;

type Access = Extract<RecordedEvent, { kind: 'read' | 'write' }>;

/**
 * The driver's side of a recording as a TypeScript module that plays it to a device on the simulated host, with what the
 * device answered then as expectations. Configuration reads are left out, as enumeration makes many of them.
 */
export function driverScript(recording: Recording): string {
  const names = new RegisterNames(recording.map);
  const lines: string[] = [];
  let last = recording.events[0]?.time ?? 0;
  const { events } = recording;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as RecordedEvent;
    const gap = (event.time - last) / 1e6;
    last = event.time;
    if (event.kind !== 'read' && event.kind !== 'write') continue;
    if (event.kind === 'read' && (event.space === CONFIG_SPACE || event.failed)) continue;
    if (gap >= PAUSE) lines.push(`await sleep(${Math.round(gap)});`);
    const times = repetitions(events, i);
    lines.push(statement(event, names, times));
    i += times - 1;
    last = (events[i] as RecordedEvent).time;
  }
  return [
    `// The driver's side of ${recording.file}: run it with node, and the device's module as argument.`,
    "import { strictEqual } from 'node:assert/strict';",
    "import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';",
    "import { pathToFileURL } from 'node:url';",
    "import { plug } from '@pciem/sdk/testing';",
    '',
    "const module = await import(pathToFileURL(process.argv[2] ?? '').href);",
    'const host = await plug(module.default, { enable: false });',
    '',
    'async function expectRead(bar: number, offset: number, size: 1 | 2 | 4 | 8, value: bigint, register: string) {',
    '  // The device may be at work.',
    '  await turn();',
    '  await turn();',
    '  strictEqual(await host.readLater(bar, offset, size), value, register);',
    '}',
    '',
    ...lines,
    'host.close();',
    '',
  ].join('\n');
}

/** How often the same read follows itself with nothing in between. */
function repetitions(events: readonly RecordedEvent[], from: number): number {
  const first = events[from] as Access;
  if (first.kind !== 'read') return 1;
  let times = 1;
  for (; from + times < events.length; times++) {
    const next = events[from + times] as Access;
    if (next.kind !== 'read' || next.space !== first.space || next.offset !== first.offset) break;
    if (next.size !== first.size || next.value !== first.value || next.failed) break;
  }
  return times;
}

function statement({ kind, space, offset, size, value }: Access, names: RegisterNames, times: number): string {
  const at = `0x${offset.toString(16)}`;
  const data = `0x${value.toString(16)}${size === 8 || kind === 'read' ? 'n' : ''}`;
  const { name } = names.at(space, offset);
  if (kind === 'write') {
    if (space === CONFIG_SPACE) return `host.writeConfig${size * 8}(${at}, ${data}); // ${name}`;
    return `host.write${size * 8}(${space}, ${at}, ${data}); // ${name}`;
  }
  const read = `await expectRead(${space}, ${at}, ${size}, ${data}, ${JSON.stringify(name)});`;
  return times === 1 ? read : `for (let i = 0; i < ${times}; i++) ${read}`;
}

/** The device's side of a recording as rules: each register gives what it gave, in that order. */
export function rulesScript(recording: Recording): string {
  const names = new RegisterNames(recording.map);
  const rules: RuleSpec[] = [...new Series([recording]).reads.values()].map(({ key, samples }) => {
    const { name, named } = names.at(key.bar, key.offset);
    const values = samples.map(({ value }) => value);
    const same = values.every((value) => value === values[0]);
    return {
      ...(named && { name: `${name}, ${key.size * 8} bits` }),
      match: { bar: key.bar, offset: key.offset, width: (key.size * 8) as 8 | 16 | 32 },
      answer: same ? { value: values[0] } : { sequence: values },
    };
  });
  return rulesText(rules, `What the device answered in ${recording.file}, for pciem proxy --rules.`);
}
