import { expect, test } from 'vitest';
import { Errors } from '../analysis/errors.ts';
import { Nvme } from '../analysis/nvme/nvme.ts';
import { Scanner } from '../analysis/scan.ts';
import { NvmeTraffic, writeTraffic } from './nvme-traffic.ts';

test('the traffic is a session without a flaw, of as many commands and packets as it says', { timeout: 60_000 }, () => {
  const options = { bytes: 512, polls: 3 };
  const [nvme, errors] = [new Nvme(), new Errors()];
  const scanner = new Scanner([nvme, errors]);
  const commands = 70_000;
  writeTraffic((chunk) => scanner.push(chunk), commands, options);
  const { packets } = scanner.finish();
  expect(packets).toBeGreaterThan(commands * new NvmeTraffic(options).packetsPerCycle);
  expect(packets).toBeLessThan(commands * new NvmeTraffic(options).packetsPerCycle + 50);
  const report = nvme.report();
  expect(report?.commands.find(({ name }) => name === 'Read')).toMatchObject({ count: commands, completed: commands });
  expect(report?.unfinished).toEqual([]);
  expect(report?.unmatched).toBe(0);
  expect(errors.report()).toEqual({ groups: [], problems: [] });
});
