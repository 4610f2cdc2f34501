import { Flags } from '@oclif/core';

const EXPRESSION = { helpValue: 'EXPR', helpGroup: 'CAPTURE' } as const;

/** What `pciem capture` and `pciem run --capture` share: `captureSettings` understands it. */
export const captureFlags = {
  callers: Flags.boolean({ helpGroup: 'CAPTURE', description: 'Say which function of the driver makes each access' }),
  snaplen: Flags.integer({
    min: 0,
    helpValue: 'BYTES',
    helpGroup: 'CAPTURE',
    description: 'Keep so much of a payload; 0: all',
  }),
  filter: Flags.string({ ...EXPRESSION, description: 'Keep TLPs for which this holds: bar=0 & type=MWr,MRd' }),
  link: Flags.string({
    helpValue: 'MPS/MRRS/RCB',
    helpGroup: 'CAPTURE',
    description: 'Cut transfers as such a link does, in bytes: 256/512/64',
  }),
  'mark-when': Flags.string({ ...EXPRESSION, description: 'Put a mark after each TLP for which this holds' }),
  'stop-when': Flags.string({ ...EXPRESSION, description: 'End with the first TLP for which this holds' }),
  before: Flags.integer({
    min: 0,
    helpValue: 'PACKETS',
    helpGroup: 'CAPTURE',
    dependsOn: ['stop-when'],
    description: 'Write only so many packets from before --stop-when',
  }),
  after: Flags.integer({
    min: 0,
    helpValue: 'TLPS',
    helpGroup: 'CAPTURE',
    dependsOn: ['stop-when'],
    description: 'Go on for so many TLPs after --stop-when',
  }),
  'stop-after': Flags.string({
    helpValue: 'TIME',
    helpGroup: 'CAPTURE',
    description: 'End after so long: 30s, 5m, 1h',
  }),
  filesize: Flags.string({
    helpValue: 'SIZE',
    helpGroup: 'CAPTURE',
    description: 'Start a new file after so many bytes: 100M',
  }),
  duration: Flags.string({ helpValue: 'TIME', helpGroup: 'CAPTURE', description: 'Start a new file after so long' }),
  files: Flags.integer({
    min: 1,
    helpValue: 'N',
    helpGroup: 'CAPTURE',
    description: 'Keep only the last N files of --filesize or --duration',
  }),
};
