import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bar, defineDevice, reg32, reg64, ro } from '@pciem/sdk';
import { plug } from '@pciem/sdk/testing';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { proxyDevice } from '../../src/proxy/core/proxy-device.ts';
import { parseRules, RuleSource } from '../../src/proxy/rules/rule-source.ts';
import { loadScript, ScriptSource } from '../../src/proxy/script.ts';

// The rules and the script of docs/proxy.md, in front of a device with the registers that they name.

const directory = mkdtempSync(join(tmpdir(), 'pciem-docs-rules-'));
afterAll(() => rmSync(directory, { recursive: true }));

const device = defineDevice({
  name: 'documented',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  interrupts: { msix: 1 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        CTRL: reg32(0x00),
        STATUS: reg32(0x04, { fields: { READY: ro(0), DONE: ro(1) } }),
        DOOR: reg32(0x08),
        MODE: reg32(0x10),
        RING: reg32(0x20),
        RING_HIGH: reg32(0x24),
        WIDE: reg64(0x28),
      },
    }),
  ],
});

/** The blocks of the page in one language. */
function blocks(language: string): string[] {
  const text = readFileSync(join(packageRoot, 'docs/proxy.md'), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code);
}

const behind = (hooks: (session: never) => unknown[]) =>
  plug(proxyDevice(device, {}, { mode: 'hook', hooks: hooks as never, explain: false }));

test('the rules in docs/proxy.md do what they say', async () => {
  const [yaml = ''] = blocks('yaml');
  const rules = parseRules('rules.yaml', yaml);
  const host = await behind((session) => [new RuleSource(rules, session)]);
  const ready = [1, 2, 3, 4].map(() => host.read32(0, 0x04) & 1);
  expect(ready).toEqual([0, 0, 1, 1]);
  const ring = host.memory.alloc(4096, {});
  host.write32(0, 0x20, Number(BigInt(ring.address) & 0xffff_ffffn));
  host.write32(0, 0x24, Number(BigInt(ring.address) >> 32n));
  host.write32(0, 0x00, 2);
  await host.waitForIrq(0);
  expect([...ring.bytes.subarray(64, 68)]).toEqual([1, 0, 0, 0]);
  host.close();
});

test('the script in docs/proxy.md does what it says', async () => {
  const [code = ''] = blocks('ts');
  const file = join(directory, 'script.mjs');
  writeFileSync(file, code);
  const script = await loadScript(file);
  const host = await behind((session) => [new ScriptSource(script, session, {})]);
  host.write32(0, 0x10, 3);
  expect(host.read32(0, 0x04)).toBe(1);
  host.write32(0, 0x08, 1);
  await host.waitForIrq(0);
  host.close();
});
