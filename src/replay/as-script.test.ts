import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { plug } from '@pciem/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '../model/recording.ts';
import { RecordingHost } from '../model/testing/recording-host.ts';
import { packageRoot } from '../paths.ts';
import { proxyDevice } from '../proxy/core/proxy-device.ts';
import type { ModelSession } from '../proxy/core/source.ts';
import { parseRules, RuleSource } from '../proxy/rules/rule-source.ts';
import { blankDevice } from '../proxy/testing/blank.ts';
import { driverScript, rulesScript } from './as-script.ts';

const run = promisify(execFile);
const source = (reset: number) => `import { bar, defineDevice, reg32, reg64 } from '@pciem/sdk';
export default defineDevice({
  name: 'scripted',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  bars: [bar(0, { size: 4096, registers: { ID: reg32(0, { access: 'ro', reset: ${reset} }), DATA: reg64(8), COUNT: reg32(16) } })],
  setup() {
    let count = 0;
    return { read: { COUNT: () => count++ } };
  },
});
`;

let directory: string;
let recording: Recording;
beforeAll(async () => {
  // Where Node finds the SDK.
  directory = mkdtempSync(join(packageRoot, 'test/.script-'));
  writeFileSync(join(directory, 'good.ts'), source(0x10));
  writeFileSync(join(directory, 'changed.ts'), source(0x11));
  const { default: device } = (await import(join(directory, 'good.ts'))) as { default: never };
  const host = new RecordingHost(device);
  host.write(0x10, 0xe000_0000, 4, 7);
  host.write(4, 6, 2, 7);
  for (let i = 0; i < 3; i++) host.read(0);
  host.write(8, 0x1122_3344_5566_7788n, 8);
  host.read(8, 8);
  await host.pause(5);
  for (let i = 0; i < 3; i++) host.read(16);
  recording = host.recording('a.pcapng');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a capture as a driver', () => {
  test('runs against the device, and fails against one that has changed', async () => {
    const text = driverScript(recording);
    expect(text).toContain('for (let i = 0; i < 3; i++) await expectRead(0, 0x0, 4, 0x10n, "ID");');
    expect(text).toContain('await sleep(5);');
    const file = join(directory, 'driver.ts');
    writeFileSync(file, text);
    await run(process.execPath, [file, join(directory, 'good.ts')]);
    await expect(run(process.execPath, [file, join(directory, 'changed.ts')])).rejects.toThrow(/ID/);
  });
});

test('a capture as rules gives the same answers', async () => {
  const rules = parseRules('rules.yaml', rulesScript(recording));
  const blank = blankDevice('blank', { vendor: 1, device: 2, class: 0xff0000 }, [
    { index: 0, size: 4096, bits: 32, prefetchable: false },
  ]);
  const hooks = (session: ModelSession) => [new RuleSource(rules, session)];
  const host = await plug(proxyDevice(blank, { unmapped: 0 }, { mode: 'hook', hooks, explain: false }));
  expect([host.read32(0, 0), host.read32(0, 16), host.read32(0, 16), host.read32(0, 16)]).toEqual([0x10, 0, 1, 2]);
});
