import type { DeviceMapField, DeviceMapRegister } from '../device-map.ts';
import {
  CAPABILITIES,
  CONFIG_HEADER,
  type ConfigCapability,
  type ConfigRow,
  EXTENDED_CAPABILITIES,
} from './config-tables.ts';

/** Number of configuration space among the register spaces. */
const CONFIG_SPACE = 7;
const CONFIG_BYTES = 4096;
const CAPABILITIES_POINTER = 0x34;
const FIRST_CAPABILITY = 0x40;
const FIRST_EXTENDED = 0x100;
const ID_MSI = 0x05;
const MSI_WIDE = 1 << 7;
const MSI_MASKS = 1 << 8;

const EXTENDED_HEADER: ConfigRow = [
  0,
  4,
  'Extended Capability Header',
  'Capability ID 0-15, Version 16-19, Next Capability Offset 20-31',
];

/** Part of configuration space with a name of the specification. */
export interface ConfigPart {
  /** Bytes from the start of configuration space. */
  offset: number;
  /** Bytes. */
  width: number;
  name: string;
  fields?: DeviceMapField[];
}

/** Names of a configuration space: the header's, and those of the capabilities that its chains lead to. */
export function configParts(image: DataView): ConfigPart[] {
  const capabilities = capabilityParts(image);
  const hasExtended = capabilities.some(({ offset }) => offset === FIRST_EXTENDED);
  // Drivers look there whether there is one or not.
  const none = hasExtended ? [] : [partOf(EXTENDED_HEADER, FIRST_EXTENDED)];
  return [...CONFIG_HEADER.map((row) => partOf(row, 0)), ...capabilities, ...none];
}

/** The capabilities of a configuration space as registers of a device map. */
export function capabilityRegisters(image: DataView): DeviceMapRegister[] {
  return capabilityParts(image).map((part) => ({ space: CONFIG_SPACE, ...part }));
}

function capabilityParts(image: DataView): ConfigPart[] {
  return [...legacyCapabilities(image), ...extendedCapabilities(image)];
}

function legacyCapabilities(image: DataView): ConfigPart[] {
  const parts: ConfigPart[] = [];
  const seen = new Set<number>();
  let at = image.getUint8(CAPABILITIES_POINTER) & 0xfc;
  for (; at >= FIRST_CAPABILITY && !seen.has(at); at = image.getUint8(at + 1) & 0xfc) {
    seen.add(at);
    const id = image.getUint8(at);
    // Not read yet.
    if (id === 0 || id === 0xff) break;
    const [name, ...rows]: ConfigCapability = CAPABILITIES[id] ?? [`Capability ${hex(id, 2)}`];
    const header: ConfigRow[] = [
      [0, 1, 'Capability ID'],
      [1, 1, 'Next Capability Pointer'],
    ];
    const more = id === ID_MSI ? msiRows(image.getUint16(at + 2, true)) : [];
    parts.push(...placed(name, [...header, ...rows, ...more], at, FIRST_EXTENDED));
  }
  return parts;
}

/** What follows the Message Address (PCIe 6.0 7.7.1), by what Message Control says. */
function msiRows(control: number): ConfigRow[] {
  const data = control & MSI_WIDE ? 12 : 8;
  const rows: ConfigRow[] = [
    [data, 2, 'Message Data'],
    [data + 2, 2, 'Extended Message Data'],
  ];
  if (control & MSI_WIDE) rows.unshift([8, 4, 'Message Upper Address']);
  if (control & MSI_MASKS) rows.push([data + 4, 4, 'Mask Bits'], [data + 8, 4, 'Pending Bits']);
  return rows;
}

function extendedCapabilities(image: DataView): ConfigPart[] {
  const parts: ConfigPart[] = [];
  const seen = new Set<number>();
  for (let at = FIRST_EXTENDED; at >= FIRST_EXTENDED && !seen.has(at); ) {
    seen.add(at);
    const id = image.getUint16(at, true);
    if (id === 0 || id === 0xffff) break;
    const [name, ...rows]: ConfigCapability = EXTENDED_CAPABILITIES[id] ?? [`Extended Capability ${hex(id, 4)}`];
    parts.push(...placed(name, [EXTENDED_HEADER, ...rows], at, CONFIG_BYTES));
    at = (image.getUint32(at, true) >>> 20) & 0xffc;
  }
  return parts;
}

function placed(name: string, rows: readonly ConfigRow[], at: number, end: number): ConfigPart[] {
  return rows
    .filter(([offset, width]) => at + offset + width <= end)
    .map((row) => {
      const part = partOf(row, at);
      return { ...part, name: `${name} ${part.name}` };
    });
}

function partOf([offset, width, name, fields]: ConfigRow, at: number): ConfigPart {
  const part = { offset: at + offset, width, name };
  return fields === undefined ? part : { ...part, fields: fields.split(', ').map(fieldOf) };
}

/** `NAME 4` or `NAME 0-3`. */
function fieldOf(text: string): DeviceMapField {
  const [, name = '', lsb, msb = lsb] = /^(.*) (\d+)(?:-(\d+))?$/.exec(text) ?? [];
  return { name, lsb: Number(lsb), msb: Number(msb) };
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
