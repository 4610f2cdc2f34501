import { type BarIndex, bar, type DeviceContext, rc, reg8, reg32, ro, rs, rw } from '@pciem/sdk';
import type { PortRegisters } from './port-registers.ts';
import type { Uart } from './uart.ts';

/** The card has its registers 128 bytes apart, each port in a BAR of its own. */
const STRIDE = 0x80;
const FIRST_PORT_BAR = 2;

/** BAR 0: the bus interface of the card, a PLX 9050; of its registers those that concern interrupts and its pins. */
export const bridgeBar = bar(0, {
  size: 4096,
  registers: {
    INTCSR: reg32(0x4c, {
      fields: {
        LINT1_ENABLE: rw(0),
        LINT1_POLARITY: rw(1),
        LINT1_STATUS: ro(2),
        LINT2_ENABLE: rw(3),
        LINT2_POLARITY: rw(4),
        LINT2_STATUS: ro(5),
        PCI_ENABLE: rw(6),
        SOFTWARE: rw(7),
      },
    }),
    CNTRL: reg32(0x50),
  },
});

/** The registers of port `n`, a 16550A. Their names are made here, so that the handlers stand here too. */
export function portBar(n: number, uart: () => Uart) {
  const at = (register: number) => STRIDE * register;
  return bar((FIRST_PORT_BAR + n) as BarIndex, {
    size: 4096,
    registers: {
      // What the driver reads is answered at once from what is stored, and waits for nothing.
      [`DATA${n}`]: reg8(at(0), {
        access: 'rc',
        relaxed: true,
        write: (value) => uart().writeData(value),
      }),
      [`INTERRUPT_ENABLE${n}`]: reg8(at(1), {
        relaxed: true,
        fields: { ENABLE: rw(0, 3) },
        write: (value) => uart().writeInterruptEnable(value),
      }),
      [`INTERRUPT_ID${n}`]: reg8(at(2), {
        relaxed: true,
        fields: { NONE: rs(0, { reset: 1 }), CAUSE: ro(1, 3), FIFO: ro(6, 7, { reset: 3 }) },
        write: (value) => uart().writeFifoControl(value),
      }),
      [`LINE_CONTROL${n}`]: reg8(at(3), { relaxed: true, write: (value) => uart().writeLineControl(value) }),
      [`MODEM_CONTROL${n}`]: reg8(at(4), {
        relaxed: true,
        fields: { OUTPUTS: rw(0, 4) },
        write: (value) => uart().writeModemControl(value),
      }),
      [`LINE_STATUS${n}`]: reg8(at(5), {
        relaxed: true,
        fields: { DATA_READY: rc(0), ERRORS: rc(1, 4), TX_EMPTY: ro(5, 6) },
      }),
      [`MODEM_STATUS${n}`]: reg8(at(6), { relaxed: true, fields: { DELTAS: rc(0, 3), INPUTS: ro(4, 7) } }),
      [`SCRATCH${n}`]: reg8(at(7), { relaxed: true }),
    },
  });
}

/** Accessors of the registers of port `n`: their names are made above. */
export function portRegisters(regs: DeviceContext['regs'], n: number): PortRegisters {
  const named = regs as unknown as Record<string, PortRegisters['data']>;
  const register = (name: string) => named[`${name}${n}`] as PortRegisters['data'];
  return {
    data: register('DATA'),
    interruptEnable: register('INTERRUPT_ENABLE'),
    interruptId: register('INTERRUPT_ID'),
    lineStatus: register('LINE_STATUS'),
    modemStatus: register('MODEM_STATUS'),
  };
}
