import { uapi } from '@pciem/capture/uapi';
import { expect, it } from 'vitest';
import {
  BYTE_FORWARD,
  BYTE_NOTIFY,
  BYTE_ORDERED,
  BYTE_READ_SETS,
  CompletionStatus,
  DmaStatus,
  SPACE_CONFIG,
  SPACE_ROM,
} from './index.ts';
import { BAR_MAX_BYTES, BAR_MIN_BYTES, RAM_BAR_MAX_BYTES } from './spaces.ts';

it('uses the numbers of the kernel interface, so that hosts need not translate', () => {
  const c = uapi.constants;
  expect([BYTE_FORWARD, BYTE_NOTIFY, BYTE_ORDERED, BYTE_READ_SETS]).toEqual([
    c.PCIEM_BYTE_FORWARD,
    c.PCIEM_BYTE_NOTIFY,
    c.PCIEM_BYTE_ORDERED,
    c.PCIEM_BYTE_READ_SETS,
  ]);
  expect([SPACE_ROM, SPACE_CONFIG]).toEqual([c.PCIEM_SPACE_ROM, c.PCIEM_SPACE_CONFIG]);
  expect([BAR_MIN_BYTES, BAR_MAX_BYTES, RAM_BAR_MAX_BYTES]).toEqual([
    c.PCIEM_BAR_MIN_SIZE,
    c.PCIEM_BAR_MAX_SIZE,
    c.PCIEM_BAR_RAM_MAX_SIZE,
  ]);
  expect(CompletionStatus).toEqual({
    SC: c.PCIEM_CPL_SC,
    UR: c.PCIEM_CPL_UR,
    CRS: c.PCIEM_CPL_CRS,
    CA: c.PCIEM_CPL_CA,
  });
  for (const [name, status] of Object.entries(DmaStatus)) {
    expect(status, name).toBe(c[`PCIEM_DMA_${name}` as keyof typeof c]);
  }
});
