import { defineDevice, deviceSpec } from '@pciem/sdk';
import { EchoLine } from './line.ts';
import { optionsSchema } from './options.ts';
import { PtyLine } from './pty.ts';
import { bridgeBar, portBar, portRegisters } from './registers.ts';
import { Uart } from './uart.ts';

/** Serial controller, 16550 compatible. */
const CLASS = 0x070002;
const PANACOM = 0x14d4;
/** Device ids by the number of ports. */
const MODELS = { 2: 0x0402, 4: 0x0400 } as const;

/** A Panacom card: two or four 16550s, each in a memory BAR of its own, behind a PLX 9050 and one interrupt. */
export default defineDevice({
  name: 'serial',
  summary: 'Card with 2 or 4 serial ports (16550A), driver serial (8250_pci)',
  options: optionsSchema,
  device({ ports, line }) {
    const uarts: Uart[] = [];
    const ofPort = (n: number) => () => uarts[n] as Uart;
    return deviceSpec({
      identity: { vendor: PANACOM, device: MODELS[ports], class: CLASS },
      bars: [bridgeBar, ...Array.from({ length: ports }, (_, n) => portBar(n, ofPort(n)))],
      capabilities: [],
      interrupts: { intx: 'A' },
      setup({ regs, irq, log }) {
        const { INTCSR } = regs;
        /** Undefined until the line is known, which code that has been replaced may have left asserted. */
        let asserted: boolean | undefined;
        for (let n = 0; n < ports; n++) {
          const end = line === 'pty' ? new PtyLine() : new EchoLine();
          log(`port ${n} leads to ${end.description}`);
          uarts.push(new Uart(end, portRegisters(regs, n), update));
        }

        /** The ports share a line to the PLX 9050, which lets it through to the bus or not. */
        function update(): void {
          const interrupting = uarts.some((uart) => uart.interrupting);
          INTCSR.LINT1_STATUS = interrupting ? 1 : 0;
          const wanted = interrupting && INTCSR.LINT1_ENABLE === 1 && INTCSR.PCI_ENABLE === 1;
          // This is called all the time while the driver reads, and each call of assert() runs its handler.
          if (wanted === asserted) return;
          asserted = wanted;
          if (wanted) irq.assert();
          else irq.deassert();
        }

        return {
          write: { INTCSR: update },
          reset() {
            asserted = undefined;
            for (const uart of uarts) uart.reset();
          },
          stop() {
            for (const uart of uarts) uart.close();
          },
        };
      },
    });
  },
});
