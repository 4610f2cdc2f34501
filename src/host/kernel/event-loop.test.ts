import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { eventLoopFd } from './event-loop.ts';
import { Nap } from './nap.ts';

it('ends a nap when a message has come', async () => {
  const fd = eventLoopFd() as number;
  expect(fd).toBeGreaterThan(2);
  const nap = new Nap(fd);
  const { port1, port2 } = new MessageChannel();
  port2.on('message', () => {});
  await sleep(20);
  expect(nap.take(1)).toBe(false);
  port1.postMessage('wake up');
  expect(nap.take(600_000)).toBe(true);
  port2.close();
});
