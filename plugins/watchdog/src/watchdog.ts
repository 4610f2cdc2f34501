import { bar, defineDevice, reg8, reg16, reg32, ro, rw, w1c, w1s } from '@pciem/sdk';

/** One clock of a 33 MHz PCI bus, in milliseconds. */
const PCI_CLOCK = 1000 / 33_333_333;
/** The timers count down once in so many clocks, as CONFIG.PRESCALER says: about 1 kHz or 1 MHz. */
const PRESCALERS = [2 ** 15, 2 ** 5] as const;

/** CONFIG.INT_TYPE: what happens when the first timer runs out. */
const INT_TYPE_IRQ = 0;
/** LOCK. */
const LOCKED = 1 << 0;
const ENABLE = 1 << 1;
const FREE_RUNNING = 1 << 2;
/** RELOAD: these two, one after the other, unlock the next write of a timer or of RELOAD itself. */
const UNLOCK = [0x80, 0x86] as const;
const RELOAD = 1 << 8;
const TIMEOUT = 1 << 9;
const PRELOAD_MASK = 0xf_ffff;

/**
 * The watchdog timer of the Intel 6300ESB I/O Controller Hub. Two timers run one after the other: the end of the first
 * one is a warning, by interrupt; the end of the second one resets the system. Here it is a line in the log.
 */
export default defineDevice({
  name: 'watchdog',
  summary: 'Intel 6300ESB watchdog timer, driver i6300esb',
  identity: { vendor: 0x8086, device: 0x25ab, class: 0x088000 },
  // A device of conventional PCI: no capabilities, an interrupt pin, and registers of its own in configuration space.
  capabilities: [],
  interrupts: { intx: 'A' },
  config: {
    CONFIG: reg16(0x60, { fields: { INT_TYPE: rw(0, 1), PRESCALER: rw(2), OUTPUT_DISABLE: rw(5) } }),
    LOCK: reg8(0x68, { fields: { LOCKED: w1s(0), ENABLE: rw(1), FREE_RUNNING: rw(2) } }),
  },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        // Only the device stores into these: it first looks whether they are unlocked.
        PRELOAD1: reg32(0x00, { access: 'ro', reset: PRELOAD_MASK }),
        PRELOAD2: reg32(0x04, { access: 'ro', reset: PRELOAD_MASK }),
        STATUS: reg32(0x08, { fields: { INTERRUPT: w1c(0) } }),
        RELOAD: reg16(0x0c, { fields: { TIMEOUT: ro(9) } }),
      },
    }),
  ],
  setup({ regs, irq, log }) {
    let unlockStep = 0;
    let lock = 0;
    let timer: NodeJS.Timeout | undefined;

    /** Whether a protected register may be written now; it takes another unlocking after that. */
    function takeUnlock(): boolean {
      const unlocked = unlockStep === UNLOCK.length;
      unlockStep = 0;
      return unlocked;
    }

    function count(preload: number, expired: () => void): void {
      const clocks = PRESCALERS[regs.CONFIG.PRESCALER as 0 | 1] * Math.max(preload, 1);
      timer = setTimeout(expired, clocks * PCI_CLOCK);
    }

    function restart(): void {
      clearTimeout(timer);
      if (lock & ENABLE) count(regs.PRELOAD1.value, warn);
    }

    function warn(): void {
      regs.STATUS.INTERRUPT = 1;
      if (regs.CONFIG.INT_TYPE === INT_TYPE_IRQ) irq.assert();
      if (lock & FREE_RUNNING) restart();
      else count(regs.PRELOAD2.value, resetSystem);
    }

    function resetSystem(): void {
      regs.RELOAD.TIMEOUT = 1;
      if (regs.CONFIG.OUTPUT_DISABLE) log.warn('timed out, with its output disabled');
      else log.error('timed out: a real one would reset the system now');
    }

    return {
      write: {
        PRELOAD1(value) {
          if (takeUnlock()) regs.PRELOAD1.value = value & PRELOAD_MASK;
        },
        PRELOAD2(value) {
          if (takeUnlock()) regs.PRELOAD2.value = value & PRELOAD_MASK;
        },
        RELOAD(value) {
          if (value === UNLOCK[unlockStep]) unlockStep++;
          else if (takeUnlock()) {
            if (value & TIMEOUT) regs.RELOAD.TIMEOUT = 0;
            if (value & RELOAD) restart();
          }
        },
        STATUS() {
          if (!regs.STATUS.INTERRUPT) irq.deassert();
        },
        LOCK(value) {
          // Once locked, nothing but a reset stops it.
          if (!(lock & LOCKED)) {
            const starts = (value & ~lock & ENABLE) !== 0;
            lock = value & (LOCKED | ENABLE | FREE_RUNNING);
            if (starts) restart();
            else if (!(lock & ENABLE)) clearTimeout(timer);
          }
          if (lock & LOCKED) regs.LOCK.value = lock;
        },
      },
      reset() {
        clearTimeout(timer);
        unlockStep = 0;
        lock = 0;
      },
      stop: () => clearTimeout(timer),
    };
  },
});
