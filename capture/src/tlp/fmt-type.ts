/** Fmt[2:0] and Type[4:0], the first byte of a TLP header, in its 3 DW form (PCIe 5.0 2.2.1, table 2-3). */
export const FmtType = {
  MRd: 0x00,
  MRdLk: 0x01,
  IORd: 0x02,
  CfgRd0: 0x04,
  CfgRd1: 0x05,
  Cpl: 0x0a,
  CplLk: 0x0b,
  /** Plus a routing 0 to 5. Messages always have 4 DW headers. */
  Msg: 0x30,
  MWr: 0x40,
  IOWr: 0x42,
  CfgWr0: 0x44,
  CfgWr1: 0x45,
  CplD: 0x4a,
  CplDLk: 0x4b,
  FetchAdd: 0x4c,
  Swap: 0x4d,
  CAS: 0x4e,
  DMWr: 0x5b,
  /** Plus a routing 0 to 5. */
  MsgD: 0x70,
} as const;

/** Fmt[0] of a request with a 64-bit address, whose header has 4 DW. */
export const FOUR_DW = 0x20;
/** Fmt[1]: the TLP has a payload. */
export const WITH_DATA = 0x40;

/** Header layouts, which decide what the DWs after the first mean. */
export const Layout = { unknown: 0, address: 1, config: 2, completion: 3, message: 4, prefix: 5 } as const;
export type Layout = (typeof Layout)[keyof typeof Layout];

const layouts = new Uint8Array(256);
const names: (string | undefined)[] = new Array(256).fill(undefined);
const nonPosted = new Uint8Array(256);

/** How the header of a TLP with this first byte is laid out. */
export function layoutOf(fmtType: number): Layout {
  return layouts[fmtType & 0xff] as Layout;
}

/** Name such as `MWr`, without the width of its address; undefined for a byte that is no TLP. */
export function tlpName(fmtType: number): string | undefined {
  return names[fmtType & 0xff];
}

/** Whether the request wants a completion (PCIe 5.0 2.1.1). */
export function isNonPosted(fmtType: number): boolean {
  return nonPosted[fmtType & 0xff] === 1;
}

/** Whether the TLP has a payload. */
export function hasData(fmtType: number): boolean {
  return (fmtType & WITH_DATA) !== 0;
}

/** FetchAdd, Swap or CAS. */
export function isAtomic(fmtType: number): boolean {
  const type = fmtType & ~FOUR_DW;
  return type >= FmtType.FetchAdd && type <= FmtType.CAS;
}

/** A read or write in I/O space. */
export function isIo(fmtType: number): boolean {
  return (fmtType & ~WITH_DATA) === FmtType.IORd;
}

/** Length in DWs of a header of this kind, without prefixes. */
export function headerDwords(fmtType: number): number {
  return fmtType & FOUR_DW ? 4 : 3;
}

/** The kind of a memory request or atomic with this address: 4 DW above 4 GiB, else 3 (PCIe 5.0 2.2.4.1). */
export function withAddress(fmtType: number, addressHi: number): number {
  return addressHi === 0 ? fmtType : fmtType | FOUR_DW;
}

function define(
  layout: Layout,
  name: keyof typeof FmtType,
  options: { wide?: boolean; nonPosted?: boolean } = {},
): void {
  const fmtType = FmtType[name];
  const kinds = options.wide ? [fmtType, fmtType | FOUR_DW] : [fmtType];
  for (const kind of kinds) {
    layouts[kind] = layout;
    names[kind] = name;
    nonPosted[kind] = options.nonPosted ? 1 : 0;
  }
}

define(Layout.address, 'MRd', { wide: true, nonPosted: true });
define(Layout.address, 'MRdLk', { wide: true, nonPosted: true });
define(Layout.address, 'MWr', { wide: true });
define(Layout.address, 'DMWr', { wide: true, nonPosted: true });
define(Layout.address, 'IORd', { nonPosted: true });
define(Layout.address, 'IOWr', { nonPosted: true });
for (const atomic of ['FetchAdd', 'Swap', 'CAS'] as const) {
  define(Layout.address, atomic, { wide: true, nonPosted: true });
}
for (const config of ['CfgRd0', 'CfgRd1', 'CfgWr0', 'CfgWr1'] as const) {
  define(Layout.config, config, { nonPosted: true });
}
for (const completion of ['Cpl', 'CplD', 'CplLk', 'CplDLk'] as const) {
  define(Layout.completion, completion);
}
for (let routing = 0; routing <= 5; routing++) {
  for (const [fmtType, name] of [
    [FmtType.Msg, 'Msg'],
    [FmtType.MsgD, 'MsgD'],
  ] as const) {
    layouts[fmtType + routing] = Layout.message;
    names[fmtType + routing] = name;
  }
}
// Local (8x) and end-to-end (9x) prefixes, one DW each, before the header (PCIe 5.0 2.2.10).
layouts.fill(Layout.prefix, 0x80, 0xa0);
