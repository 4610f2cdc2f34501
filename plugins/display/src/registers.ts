import { bar, type DeviceContext, reg8, reg16, reg32 } from '@pciem/sdk';
import { EDID_BYTES } from './edid.ts';

/** BAR 2 as QEMU lays it out (docs/specs/standard-vga): EDID, VGA ports, the Bochs registers, extensions. */
export const registerBar = bar(2, {
  size: 4096,
  registers: {
    EDID: reg8.array(0x000, { count: EDID_BYTES, access: 'ro' }),
    // VGA ports from 0x3c0 on; those by which the picture is switched off and on.
    ATTRIBUTE: reg8(0x400),
    MISC_OUTPUT: reg8(0x402),
    INPUT_STATUS_1: reg8(0x41a),
    // VBE_DISPI_INDEX_*.
    ID: reg16(0x500, { reset: 0xb0c5 }),
    XRES: reg16(0x502),
    YRES: reg16(0x504),
    BPP: reg16(0x506),
    ENABLE: reg16(0x508),
    BANK: reg16(0x50a),
    VIRT_WIDTH: reg16(0x50c),
    VIRT_HEIGHT: reg16(0x50e),
    X_OFFSET: reg16(0x510),
    Y_OFFSET: reg16(0x512),
    VIDEO_MEMORY_64K: reg16(0x514, { access: 'ro' }),
    EXTENSION_BYTES: reg32(0x600, { access: 'ro', reset: 8 }),
    BYTE_ORDER: reg32(0x604, { reset: 0x1e1e_1e1e }),
  },
});

export type Registers = DeviceContext<readonly [typeof registerBar]>['regs'];
