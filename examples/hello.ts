// A device in twenty lines. Plug it into a throw-away virtual machine:
//
//     npx pciem run examples/hello.ts --vm -- lspci -vv -s 1f000:00:00.0
import { bar, defineDevice, hex, reg32, rw, w1c } from '@pciem/sdk';

export default defineDevice({
  name: 'hello',
  summary: 'Says hello when its doorbell is rung',
  identity: { vendor: 0x1234, device: 0x0001, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        ID: reg32(0x00, { reset: 0xc0ffee, access: 'ro' }),
        DOOR: reg32(0x04, { write: (value, ctx) => ctx.log(`hello: wrote ${hex(value)}`) }),
        TIME: reg32(0x08, { read: () => Date.now() >>> 0 }),
        STAT: reg32(0x0c, { fields: { DONE: w1c(0), ERR: w1c(1), MODE: rw(4, 7) } }),
      },
    }),
  ],
  interrupts: { msix: 4 },
});
