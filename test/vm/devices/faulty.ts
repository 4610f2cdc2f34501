// One register for each way to fail, for the driver in kmod/tests/driver.
import { Worker } from 'node:worker_threads';
import { bar, defineDevice, reg32 } from '@pciem/sdk';

/** When LATE answers (ms): after the completion timeout. */
const delay = 7000;

const helpers = 3;
/** How often they have been asked, and how many answers they have given. */
const counts = new Int32Array(new SharedArrayBuffer(8));

/** Works for some milliseconds, so that some of the helpers wait for a CPU, each time that it is asked. */
const helper = `
const { workerData: counts } = require('node:worker_threads');
for (let asked = 0; ; asked++) {
  Atomics.wait(counts, 0, asked);
  for (const end = performance.now() + 4; performance.now() < end; );
  Atomics.add(counts, 1, 1);
  Atomics.notify(counts, 1);
}`;

/** As V8 does for a garbage collection: the thread stands still until all helpers have done their part. */
function askHelpers(): number {
  const wanted = helpers * (Atomics.add(counts, 0, 1) + 1);
  Atomics.notify(counts, 0);
  for (let done = 0; done < wanted; done = Atomics.load(counts, 1)) Atomics.wait(counts, 1, done);
  return 0x4e19ed;
}

export default defineDevice({
  name: 'faulty',
  identity: { vendor: 0x1234, device: 0x7e57, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        THROWS: reg32(0x00, { access: 'ro' }),
        SILENT: reg32(0x04, { access: 'ro' }),
        LATE: reg32(0x08, { access: 'ro' }),
        PLAIN: reg32(0x0c, { reset: 0x600dbeef }),
        HELPED: reg32(0x10, { access: 'ro' }),
      },
    }),
  ],
  interrupts: { msix: 1 },
  setup: () => {
    for (let i = 0; i < helpers; i++) new Worker(helper, { eval: true, workerData: counts }).unref();
    return {
      read: {
        HELPED: askHelpers,
        THROWS: () => {
          throw new Error('THROWS is broken');
        },
        SILENT: (ctx) => ctx.defer(),
        LATE: (ctx) => {
          const answer = ctx.defer();
          setTimeout(() => answer.complete(0x1234), delay);
          return answer;
        },
      },
    };
  },
});
