import { expect, test, vi } from 'vitest';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// Wrong command lines: one line that says what is wrong, what to do, exit status 2, and no page of help behind it.

test.each<[string, string, string[]]>([
  ['run', 'DEVICE is missing', ['For example: pciem run nvme', 'pciem run --help']],
  ['run nvme --vmm', 'There is no flag --vmm', ['Did you mean --vm?', 'All flags: pciem run --help']],
  ['run nvme --sim --vm', '--vm and --sim exclude each other', []],
  ['run nvme --kernel 6.1', '--kernel needs --vm', []],
  [
    'run nvme --sim --set sise=1G',
    'The options do not fit the device nvme',
    ['Unrecognized key: "sise"', 'Did you mean size?'],
  ],
  ['run nvme --set size=abc', 'The options do not fit the device nvme', ['option size: abc is not a size']],
  ['run nvmee', 'There is no device "nvmee"', ['Did you mean nvme?']],
  ['vm --memory abc', '--memory: expected an integer but received: abc', ['pciem vm --help']],
  ['vm --memory', 'Flag --memory expects a value', []],
  ['new one two', 'two: one argument too many', []],
  ['doctor --for all', 'Expected --for=all to be one of: vm, here, wireshark', []],
  ['completion --help', 'There is no command "completion"', ['Did you mean autocomplete?']],
  ['uninstall', 'There is no command "uninstall"', ['Did you mean plugins uninstall, or wireshark uninstall?']],
  ['help nothing', 'There is no command "nothing"', ['All commands: pciem --help']],
])('pciem %s', (line, message, steps) => {
  const { status, stdout, stderr } = pciem(...line.split(' '));
  const [first, ...rest] = stderr.trimEnd().split('\n');
  expect(first).toMatch(/^pciem: /);
  expect(first).toContain(message);
  for (const step of steps) expect(rest.join('\n')).toContain(step);
  expect(rest.length).toBeLessThanOrEqual(4);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
