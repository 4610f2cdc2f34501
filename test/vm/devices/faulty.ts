// One register for each way to fail, for the driver in kmod/tests/driver.
import { bar, defineDevice, reg32 } from '@pciem/sdk';

/** When LATE answers (ms): after the completion timeout. */
const delay = 7000;

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
      },
    }),
  ],
  interrupts: { msix: 1 },
  setup: () => ({
    read: {
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
  }),
});
