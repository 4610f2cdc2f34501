import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert } from '../../capture/src/testing/capture.ts';
import { examine } from '../../src/wireshark/doctor.ts';
import { install, uninstall } from '../../src/wireshark/install.ts';
import { findWireshark, type WiresharkInstallation } from '../../src/wireshark/installation.ts';
import type { RunProgram } from '../../src/wireshark/program.ts';
import { session, sessionInfo, sessionMap } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
let wireshark: WiresharkInstallation;

/** Programs run as they do for an ordinary user whose home is the bench. */
const run: RunProgram = async (program, args) => {
  if (program === 'flatpak') return undefined;
  const { lines, stderr, status } = bench.run(program, [...args]);
  return { status: status ?? -1, stdout: lines.map((line) => `${line}\n`).join(''), stderr };
};

beforeAll(async () => {
  bench = new Workbench();
  const found = await findWireshark(run);
  wireshark = {
    ...found,
    luaPlugins: bench.outside(found.luaPlugins),
    configuration: bench.outside(found.configuration),
    extcap: [bench.outside(`${bench.folder}/extcap`)],
  };
});
afterAll(() => bench.remove());

test('what is installed is used by tshark without any option, with the columns of the profile', async () => {
  await install(wireshark);
  // What tshark runs as must be able to read it, whoever installed it.
  execFileSync('chmod', ['-R', 'a+rX', bench.outside(bench.folder)]);
  const path = bench.file(convert(session, { maps: [sessionMap] }));
  const { lines, stderr } = bench.run('tshark', ['-C', 'pciem', '-r', path]);
  expect(stderr).not.toMatch(/lua|unknown|preference/i);
  expect(lines).toHaveLength(sessionInfo.length);
  const doorbell = lines[18] as string;
  expect(doorbell).toMatch(/BAR 0 +SQ1 tail doorbell +MWr/);
  expect(doorbell).toContain('SQ1 tail doorbell = 5');
});

test.each([
  ['colouring rule', 'colorfilters', (line: string) => line.split('@')[2]],
  ['filter button', 'dfilter_buttons', (line: string) => line.split('"')[5]],
])('every %s has a filter that Wireshark understands', (_, name, filterOf) => {
  const path = bench.file(convert(session, { maps: [sessionMap] }));
  const rules = bench.run('cat', [`${bench.folder}/.config/wireshark/profiles/pciem/${name}`]).lines.slice(1);
  expect(rules.length).toBeGreaterThan(5);
  for (const rule of rules) {
    const filter = filterOf(rule) as string;
    const { status, stderr } = bench.run('tshark', ['-r', path, '-Y', filter, '-c', '1']);
    expect(status, `${filter}: ${stderr}`).toBe(0);
  }
});

test('the doctor asks tshark itself', async () => {
  const ok = (findings: Awaited<ReturnType<typeof examine>>) => findings.slice(0, 3).map(({ ok: isOk }) => isOk);
  expect(ok(await examine(wireshark, run, false))).toEqual([true, true, true]);
  await uninstall(wireshark);
  expect(ok(await examine(wireshark, run, false))).toEqual([true, false, false]);
});
