// SPDX-License-Identifier: MIT
// The uapi header is frozen: it must agree with kmod/uapi.json and capture/src/uapi.ts, and a change must be noticed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const generator = join(root, 'scripts/generate-uapi.mjs');
const files = {
  header: join(root, 'kmod/include/uapi/linux/pciem.h'),
  json: join(root, 'kmod/uapi.json'),
  ts: join(root, 'capture/src/uapi.ts'),
};
const scratch = mkdtempSync(join(tmpdir(), 'pciem-uapi-test-'));
const results = { passed: 0, failed: 0 };

function check(overrides = {}) {
  const paths = { ...files, ...overrides };
  const args = ['--check', '--header', paths.header, '--json', paths.json, '--ts', paths.ts];
  const { status, stdout, stderr } = spawnSync(process.execPath, [generator, ...args], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** A copy of one of the files with a part replaced; the part must be there. */
function changed(which, from, to) {
  const text = readFileSync(files[which], 'utf8');
  if (!text.includes(from)) throw new Error(`${files[which]} has no "${from}"`);
  const path = join(scratch, `changed.${which}`);
  writeFileSync(path, text.replace(from, to));
  return { [which]: path };
}

function test(name, run) {
  let problem;
  try {
    problem = run();
  } catch (error) {
    problem = error.message;
  }
  results[problem ? 'failed' : 'passed']++;
  console.log(`${problem ? 'not ok' : 'ok'} - ${name}${problem ? `\n${problem}` : ''}`);
}

/** Fails unless the check fails with status 1 and says `message`. */
function refuses(overrides, message) {
  const { status, output } = check(overrides);
  if (status !== 1) return `status ${status} instead of 1\n${output}`;
  return output.includes(message) ? undefined : `no "${message}" in:\n${output}`;
}

test('the header, kmod/uapi.json and capture/src/uapi.ts agree', () => {
  const { status, output } = check();
  return status === 0 ? undefined : output;
});
test('a field of another size is named', () =>
  refuses(
    changed('header', '\t__u32 latency_ns;\n\t__u32 data_length;', '\t__u64 latency_ns;\n\t__u64 data_length;'),
    'struct pciem_event, field latency_ns, size: 4 is now 8',
  ));
test('a field of another type is named', () =>
  refuses(
    changed('header', '\t__u32 latency_ns;', '\t__s32 latency_ns;'),
    'struct pciem_event, field latency_ns, type: __u32 is now __s32',
  ));
test('two fields that change places are named', () =>
  refuses(
    changed('header', '\t__u64 seq;\n\t__u64 value;\n\t__u16 tag;', '\t__u64 value;\n\t__u64 seq;\n\t__u16 tag;'),
    'struct pciem_complete, field seq, offset: 0 is now 8',
  ));
test('a removed field is named', () =>
  refuses(changed('header', '\t__u64 undecoded;\n', ''), 'struct pciem_stats, field undecoded is gone'));
test('an array of another length is named', () =>
  refuses(
    changed('header', '#define PCIEM_NAME_LENGTH\t32', '#define PCIEM_NAME_LENGTH\t64'),
    'struct pciem_create, field name, count: 32 is now 64',
  ));
test('another enumerator value is named', () =>
  refuses(
    changed('header', 'PCIEM_RECORD_READ = 2', 'PCIEM_RECORD_READ = 12'),
    'constant PCIEM_RECORD_READ: 2 is now 12',
  ));
test('a new constant is named', () =>
  refuses(
    changed('header', '#define PCIEM_CPL_SC', '#define PCIEM_CPL_NEW\t9\n#define PCIEM_CPL_SC'),
    'constant PCIEM_CPL_NEW is new',
  ));
test('another ioctl number is named', () =>
  refuses(changed('header', "_IO('p', 0xe2)", "_IO('p', 0xee)"), 'constant PCIEM_PLUG: 28898 is now 28910'));
test('another mmap offset is named', () =>
  refuses(changed('header', '(space)) << 32)', '(space)) << 33)'), 'macro PCIEM_MMAP_SPACE, base:'));
test('a hole in a structure is refused', () =>
  refuses(changed('header', '\t__u16 status;\n\t__u32 reserved;', '\t__u16 status;'), 'struct pciem_complete: hole'));
test('a header that does not compile is refused', () =>
  refuses(changed('header', '\t__u64 seq;', '\t__u64 seq[PCIEM_MISSING];'), 'cc failed'));
test('a stale capture/src/uapi.ts is named', () =>
  refuses(changed('ts', 'PCIEM_MAX_TAGS: 64', 'PCIEM_MAX_TAGS: 65'), 'changed.ts: stale'));
test('a missing capture/src/uapi.ts is named', () => refuses({ ts: join(scratch, 'missing.ts') }, 'missing.ts: stale'));

rmSync(scratch, { recursive: true });
console.log(`${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed > 0 ? 1 : 0;
