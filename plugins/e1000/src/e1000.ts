import { defineDevice, deviceSpec } from '@pciem/sdk';
import { type Link, SilentLink } from './link/link.ts';
import { SocketLink } from './link/socket.ts';
import { TapLink } from './link/tap.ts';
import { DEVICE_IDS, VENDOR } from './models.ts';
import { Nic } from './nic.ts';
import { optionsSchema } from './options.ts';
import { registerBar } from './registers.ts';

/** Network controller, Ethernet. */
const CLASS = 0x020000;

function openLink(text: string, warn: (message: string) => void): Link {
  const colon = text.indexOf(':');
  const [kind, target] = [text.slice(0, colon), text.slice(colon + 1)];
  if (kind === 'tap') return new TapLink(target);
  if (kind === 'listen' || kind === 'connect') return new SocketLink(target, kind === 'listen', warn);
  return new SilentLink();
}

/** Intel's 82540EM gigabit network card. */
export default defineDevice({
  name: 'e1000',
  summary: 'Intel 82540EM gigabit network card, driver e1000',
  options: optionsSchema,
  device: (options) =>
    deviceSpec({
      identity: {
        vendor: VENDOR,
        device: DEVICE_IDS[options.model],
        class: CLASS,
        revision: 3,
      },
      bars: [registerBar],
      // A card of conventional PCI, which interrupts by its pin alone.
      capabilities: [],
      interrupts: { intx: 'A' },
      setup(ctx) {
        const nic = new Nic(
          ctx,
          openLink(options.link, (message) => ctx.log.warn(message)),
          options,
        );
        return {
          write: {
            CTRL: (value) => nic.control(value),
            CTRL_DUP: (value) => nic.control(value),
            EECD: (value) => nic.eepromControl(value),
            EERD: (value) => nic.eepromRead(value),
            MDIC: (value) => nic.manage(value),
            ICS: (causes) => nic.interrupts.raise(causes),
            IMS: (causes) => nic.interrupts.enable(causes),
            IMC: (causes) => nic.interrupts.disable(causes),
            TDT: () => nic.transmit(),
            TCTL: () => nic.transmit(),
          },
          reset: () => nic.reset(),
          stop: () => nic.close(),
        };
      },
    }),
});
