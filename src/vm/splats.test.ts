import { expect, test } from 'vitest';
import { findSplats } from './splats.ts';

test.each([
  '[   12.3] BUG: kernel NULL pointer dereference, address: 0000000000000010',
  '[   12.3] WARNING: CPU: 1 PID: 1 at drivers/pci/pci.c:1 f+0x1/0x2',
  '[   12.3] WARNING: possible recursive locking detected',
  '[   12.3] INFO: task nvme:1 blocked for more than 120 seconds.',
  '[   12.3] BUG: KASAN: slab-use-after-free in f+0x1/0x2',
  '[   12.3] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!',
  '[   12.3] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  '[   12.3] Kernel panic - not syncing: sysrq triggered crash',
])('%s', (line) => {
  const [splat, ...others] = findSplats(`[    1.0] fine\n${line}\n[   12.3] Call Trace:\n`);
  expect(splat?.line).toBe(line);
  expect(splat?.excerpt).toContain('Call Trace');
  expect(others).toEqual([]);
});

test('what a healthy kernel prints is no splat', () => {
  const log = [
    '[    0.0] kasan: KernelAddressSanitizer initialized (generic)',
    '[    0.0] DMA-API: preallocated 65536 debug entries',
    '[    0.0] kmemleak: Kernel memory leak detector initialized (mem pool available: 15701)',
    '[    2.1] pciem: loading out-of-tree module taints kernel.',
    '[    2.2] ODEBUG: selftest passed',
  ];
  expect(findSplats(log.join('\r\n'))).toEqual([]);
});

test('two splats far apart are two', () => {
  const log = ['BUG: one', ...Array<string>(60).fill('line'), 'BUG: two'].join('\n');
  expect(findSplats(log).map(({ line }) => line)).toEqual(['BUG: one', 'BUG: two']);
});
