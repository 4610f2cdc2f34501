import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import hello from '../../examples/hello.ts';

test('the example of the README is a device', async () => {
  const host = await plug(hello, {});
  try {
    expect(host.read32(0, 0)).toBe(0xc0ffee);
    host.write32(0, 4, 0x1234);
  } finally {
    await host.close();
  }
});
