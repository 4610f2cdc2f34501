import { bar, defineDevice, deviceSpec, rc, reg8, ro } from '@pciem/sdk';
import { EchoLine } from './line.ts';
import { optionsSchema } from './options.ts';
import { PtyLine } from './pty.ts';
import { Uart } from './uart.ts';

const STRIDE = 0x200;
/** Serial controller, 16550 compatible. */
const CLASS = 0x070002;
const EXAR = 0x13a8;
/** Device id of the XR17C15x family: its last digit is the number of ports. */
const XR17C150 = 0x0150;
/** Device Revision and Device Identification: 0x1n are the XR17C15n. */
const DREV = 0x01;
const DVID = 0x10;

/** A port's registers: those of a 16550, then the chip's own, which every port shows. */
function portRegisters(count: number) {
  const each = { count, stride: STRIDE };
  return bar(0, {
    size: 4096,
    registers: {
      DATA: reg8.array(0x00, each),
      INTERRUPT_ENABLE: reg8.array(0x01, each),
      INTERRUPT_ID: reg8.array(0x02, each),
      LINE_CONTROL: reg8.array(0x03, each),
      MODEM_CONTROL: reg8.array(0x04, each),
      // Looked at in the interrupt handler of the driver: answered at once from what is stored.
      LINE_STATUS: reg8.array(0x05, {
        ...each,
        fields: { DATA_READY: ro(0), ERRORS: rc(1, 4), TX_EMPTY: ro(5, 6) },
      }),
      MODEM_STATUS: reg8.array(0x06, { ...each, fields: { DELTAS: rc(0, 3), INPUTS: ro(4, 7) } }),
      SCRATCH: reg8.array(0x07, each),
      FEATURE_CONTROL: reg8.array(0x08, each),
      ENHANCED_FEATURE: reg8.array(0x09, each),
      TX_TRIGGER: reg8.array(0x0a, each),
      RX_TRIGGER: reg8.array(0x0b, each),
      INT0: reg8.array(0x80, { ...each, access: 'ro' }),
      MODE_8X: reg8.array(0x88, each),
      SLEEP: reg8.array(0x8b, each),
      DREV: reg8.array(0x8c, { ...each, access: 'ro', reset: DREV }),
      DVID: reg8.array(0x8d, { ...each, access: 'ro', reset: DVID | count }),
      MPIO: reg8.array(0x8f, { count: 6 }),
    },
  });
}

/** An Exar XR17C152, 154 or 158: serial ports behind a memory BAR and one interrupt. */
export default defineDevice({
  name: 'serial',
  summary: 'Exar card with 2, 4 or 8 serial ports, driver exar_serial',
  options: optionsSchema,
  device: ({ ports, line }) =>
    deviceSpec({
      identity: { vendor: EXAR, device: XR17C150 | ports, class: CLASS, subsystemVendor: EXAR, subsystem: ports },
      bars: [portRegisters(ports)],
      capabilities: [],
      interrupts: { intx: 'A' },
      setup({ regs, irq, log }) {
        const uarts = Array.from({ length: ports }, (_, n) => {
          const end = line === 'pty' ? new PtyLine() : new EchoLine();
          log(`port ${n} leads to ${end.description}`);
          return new Uart(end, regs.LINE_STATUS.at(n), regs.MODEM_STATUS.at(n), update);
        });
        const port = (n: number) => uarts[n] as Uart;

        function update(): void {
          const interrupting = uarts.reduce((bits, uart, n) => bits | (uart.interrupting ? 1 << n : 0), 0);
          for (const register of regs.INT0) register.value = interrupting;
          if (interrupting) irq.assert();
          else irq.deassert();
        }

        return {
          read: {
            DATA: (n) => port(n).readData(),
            INTERRUPT_ENABLE: (n) => port(n).readInterruptEnable(),
            INTERRUPT_ID: (n) => port(n).readInterruptId(),
          },
          write: {
            DATA: (n, value) => port(n).writeData(value),
            INTERRUPT_ENABLE: (n, value) => port(n).writeInterruptEnable(value),
            INTERRUPT_ID: (n, value) => port(n).writeFifoControl(value),
            LINE_CONTROL: (n, value) => port(n).writeLineControl(value),
            MODEM_CONTROL: (n, value) => port(n).writeModemControl(value),
          },
          reset() {
            for (const uart of uarts) uart.reset();
          },
          stop() {
            for (const uart of uarts) uart.close();
          },
        };
      },
    }),
});
