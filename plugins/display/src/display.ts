import { bar, defineDevice, deviceSpec } from '@pciem/sdk';
import { Controller } from './controller.ts';
import { edid } from './edid.ts';
import { LivePicture } from './live.ts';
import { optionsSchema } from './options.ts';
import { Picture } from './picture.ts';
import { registerBar } from './registers.ts';
import { Screenshot } from './screenshot.ts';

/** QEMU's -device bochs-display and -vga std. */
const IDENTITY = { vendor: 0x1234, device: 0x1111, revision: 2, subsystemVendor: 0x1af4, subsystem: 0x1100 } as const;
/** Display controller that is not VGA compatible: it has no I/O ports. */
const CLASS = 0x038000;
const FRAMEBUFFER = 0;

/** The display of Bochs and QEMU: memory that is shown, and a few registers that say how. */
export default defineDevice({
  name: 'display',
  summary: 'Bochs display, driver bochs-drm; picture as PNG or in the browser',
  options: optionsSchema,
  device: ({ width, height, memory, screenshot, http }) =>
    deviceSpec({
      identity: { ...IDENTITY, class: CLASS },
      bars: [bar(FRAMEBUFFER, { size: memory, kind: 'ram', cached: true, prefetchable: true }), registerBar],
      setup(ctx) {
        const { regs, log } = ctx;
        const picture = new Picture(regs, () => ctx.memory(FRAMEBUFFER));
        const controller = new Controller(regs, picture, { memory, edid: edid(width, height) });
        const users = [
          screenshot === undefined ? undefined : new Screenshot(screenshot, picture, (message) => log.warn(message)),
          http === undefined ? undefined : new LivePicture(http, picture, log),
        ];
        return {
          read: { INPUT_STATUS_1: () => controller.readInputStatus() },
          write: {
            ATTRIBUTE: (value) => controller.writeAttribute(value),
            ENABLE: (value) => controller.enable(value),
          },
          reset: () => controller.reset(),
          stop() {
            for (const user of users) user?.close();
          },
        };
      },
    }),
});
