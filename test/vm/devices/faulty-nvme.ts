// Looks like an NVMe controller to the stock driver, which reads CSTS first of all and gives up when it reads all-ones.
import { bar, defineDevice, deviceSpec, reg32, reg64 } from '@pciem/sdk';
import { z } from 'zod';

const options = z.strictObject({
  fault: z.enum(['throw', 'silent', 'late']),
  /** When `late` answers (ms). */
  delay: z.coerce.number().default(0),
});

export default defineDevice({
  name: 'faulty-nvme',
  options,
  device: ({ fault, delay }) =>
    deviceSpec({
      identity: { vendor: 0x1234, device: 0x0bad, class: 0x010802 },
      bars: [
        bar(0, {
          size: 0x4000,
          bits: 64,
          registers: {
            CAP: reg64(0x00, { reset: 0x0000_0020_0101_00ffn, access: 'ro' }),
            VS: reg32(0x08, { reset: 0x0001_0400, access: 'ro' }),
            CC: reg32(0x14),
            CSTS: reg32(0x1c, { access: 'ro' }),
          },
        }),
      ],
      interrupts: { msix: 2 },
      setup: () => ({
        read: {
          CSTS: (ctx) => {
            if (fault === 'throw') throw new Error('CSTS is broken');
            const answer = ctx.defer();
            if (fault === 'late') setTimeout(() => answer.complete(0), delay);
            return answer;
          },
        },
      }),
    }),
});
