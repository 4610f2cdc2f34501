import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import { proxyDevice } from '../proxy/core/proxy-device.ts';
import { shapeDevice } from '../proxy/shape/shape-device.ts';
import { constantsOf } from './constants.ts';
import type { LearnedModel } from './format.ts';
import { LearnedSource } from './learned-source.ts';
import { shapeOfModel } from './load-learned.ts';

const field = { name: 'UP', lsb: 1, msb: 1 };
const status = { name: 'STATUS', offset: 8, width: 32, reset: 0, access: 'rw', fields: [field] };
const model = {
  version: 1,
  device: {
    name: 'sample',
    identity: { vendor: 1, device: 2, class: 0xff0000 },
    bars: [{ index: 0, size: 4096, bits: 32, prefetchable: false, registers: [status] }],
  },
  registers: [
    { bar: 0, offset: 0, size: 4, is: 'constant', value: 1 },
    { bar: 0, offset: 4, size: 4, is: 'counter', start: 0, step: 1 },
    { bar: 0, offset: 8, size: 4, is: 'constant', value: 0x8000_0083 },
    { bar: 0, offset: 12, size: 2, is: 'constant', value: 0x1234 },
    { bar: 0, offset: 14, size: 1, is: 'constant', value: 0x56 },
    { bar: 0, offset: 16, size: 4, is: 'constant', value: 7 },
    { bar: 0, offset: 20, size: 4, is: 'function', of: { bar: 0, offset: 16 }, restarts: true, cases: [] },
  ],
  effects: [{ after: { access: 'read', bar: 0, offset: 0 }, delay: 0, interrupt: 'assert' }],
} as unknown as LearnedModel;

test('what a model says nothing else of is constant', () => {
  expect([...(constantsOf(model).get(0) ?? [])]).toEqual([
    [8, 0x8000_0083],
    [12, 0x56_1234],
  ]);
});

test('the host answers constants, and the model is not asked', async () => {
  const asked: number[] = [];
  const models = (session: ConstructorParameters<typeof LearnedSource>[1]) => [
    { read: ({ offset }: { offset: number }) => void asked.push(offset) },
    new LearnedSource(model, session),
  ];
  const parts = { mode: 'hook', hooks: () => [], models, explain: false } as const;
  const contents = { unmapped: 0, constants: constantsOf(model) };
  const host = await plug(proxyDevice(shapeDevice(shapeOfModel(model)), contents, parts));
  host.write32(0, 8, 0);
  expect([0, 4, 4, 8, 12, 16].map((offset) => host.read32(0, offset))).toEqual([
    ...[1, 0, 1, 0x8000_0083, 0x56_1234, 7],
  ]);
  expect([host.read16(0, 12), host.read8(0, 14)]).toEqual([0x1234, 0x56]);
  expect(asked).toEqual([0, 4, 4, 16]);
});
