import { expect, test } from 'vitest';
import { linesOf, whyUnbound } from './why-unbound.ts';

const address = '1f000:00:00.0';

test('the kernel lines of a driver are those about its device since that was found', () => {
  const records = [
    '6,90,1,-;nvme nvme1: pci function 1f000:00:00.0',
    '4,91,1,-;nvme nvme1: of an earlier device',
    '6,100,1,-;pci 1f000:00:00.0: [1b36:0010] type 00 class 0x010802\n SUBSYSTEM=pci',
    '6,101,2,-;nvme 0000:00:05.0: enabling device',
    '6,102,3,-;nvme nvme2: pci function 1f000:00:00.0\n SUBSYSTEM=pci\n DEVICE=+pci:x',
    '6,103,3,-;nvme nvme1: of another device',
    '3,104,4,-;nvme nvme2: Device not ready; aborting initialisation, CSTS=0x0\n',
    '4,105,4,-;nvme 1f000:00:00.0: probe with driver nvme failed with error -5\n',
    '4,106,4,-;something else',
  ];
  expect(linesOf(records, address)).toEqual([
    'nvme nvme2: pci function 1f000:00:00.0',
    'nvme nvme2: Device not ready; aborting initialisation, CSTS=0x0',
    'nvme 1f000:00:00.0: probe with driver nvme failed with error -5',
  ]);
});

test('the last access is told of, with who made it', () => {
  const last = { kind: 'write', time: 0, function: address, name: 'SQ0TDBL', value: '0x00000001' } as const;
  expect(whyUnbound('ffff:00:00.0', last)[0]).toBe('the last access of the driver: write of SQ0TDBL = 0x00000001');
  expect(whyUnbound('ffff:00:00.0', { ...last, caller: 'f+0x1/0x2 [nvme]' })[0]).toMatch(/ in f\+0x1\/0x2 \[nvme\]$/);
  expect(whyUnbound('ffff:00:00.0', undefined)).toEqual(['no driver has accessed a BAR']);
});
