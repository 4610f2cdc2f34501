import type { DeviceMapField } from '../device-map.ts';

/** Part of configuration space with a name of the specification; offset from the start of its structure. */
interface ConfigPart {
  offset: number;
  width: number;
  name: string;
  fields?: DeviceMapField[];
}

/** `name@bit` or `name@lsb:msb`, space-separated. */
function bits(text: string): DeviceMapField[] {
  return text.split(' ').map((item) => {
    const [name, range] = item.split('@') as [string, string];
    const [lsb, msb = lsb] = range.split(':') as [string, string?];
    return { name, lsb: Number(lsb), msb: Number(msb) };
  });
}

function part(offset: number, width: number, name: string, fields?: string): ConfigPart {
  return fields === undefined ? { offset, width, name } : { offset, width, name, fields: bits(fields) };
}

/** Type 0 header (PCIe 5.0 7.5.1). */
const HEADER: readonly ConfigPart[] = [
  part(0x00, 2, 'Vendor ID'),
  part(0x02, 2, 'Device ID'),
  part(0x04, 2, 'Command', 'IO@0 Memory@1 BusMaster@2 ParityError@6 SERR@8 INTxDisable@10'),
  part(0x06, 2, 'Status', 'Interrupt@3 Capabilities@4 SignaledTargetAbort@11 ReceivedMasterAbort@13 SERR@14 Parity@15'),
  part(0x08, 1, 'Revision ID'),
  part(0x09, 1, 'Programming Interface'),
  part(0x0a, 2, 'Class Code'),
  part(0x0c, 1, 'Cache Line Size'),
  part(0x0d, 1, 'Latency Timer'),
  part(0x0e, 1, 'Header Type', 'Layout@0:6 MultiFunction@7'),
  part(0x0f, 1, 'BIST'),
  ...[0, 1, 2, 3, 4, 5].map((bar) => part(0x10 + bar * 4, 4, `BAR ${bar}`)),
  part(0x28, 4, 'CardBus CIS Pointer'),
  part(0x2c, 2, 'Subsystem Vendor ID'),
  part(0x2e, 2, 'Subsystem ID'),
  part(0x30, 4, 'Expansion ROM', 'Enable@0 Address@11:31'),
  part(0x34, 1, 'Capabilities Pointer'),
  part(0x3c, 1, 'Interrupt Line'),
  part(0x3d, 1, 'Interrupt Pin'),
  part(0x3e, 1, 'Min_Gnt'),
  part(0x3f, 1, 'Max_Lat'),
];

interface Capability {
  name: string;
  parts: ConfigPart[];
}

const LINK_CONTROL = 'ASPM@0:1 RCB@3 LinkDisable@4 Retrain@5 CommonClock@6';

/** By capability ID (PCI Code and ID Assignment Specification). The header of 2 bytes is added to each. */
const CAPABILITIES: Readonly<Record<number, Capability>> = {
  1: {
    name: 'PM',
    parts: [
      part(2, 2, 'Capabilities'),
      part(4, 2, 'Control/Status', 'PowerState@0:1 NoSoftReset@3 PME_En@8 PME_Status@15'),
    ],
  },
  5: {
    name: 'MSI',
    parts: [
      part(2, 2, 'Message Control', 'Enable@0 Capable@1:3 Enabled@4:6 64Bit@7 Maskable@8'),
      part(4, 4, 'Message Address'),
      part(8, 4, 'Message Upper Address'),
    ],
  },
  9: { name: 'Vendor-Specific', parts: [part(2, 1, 'Length')] },
  16: {
    name: 'PCIe',
    parts: [
      part(0x02, 2, 'Capabilities', 'Version@0:3 PortType@4:7'),
      part(0x04, 4, 'Device Capabilities', 'MaxPayload@0:2 ExtendedTag@5 FLR@28'),
      part(
        0x08,
        2,
        'Device Control',
        'CorrectableErr@0 NonFatalErr@1 FatalErr@2 URReport@3 RelaxedOrdering@4 MaxPayload@5:7 ExtendedTag@8 NoSnoop@11 MaxReadRequest@12:14 FLR@15',
      ),
      part(0x0a, 2, 'Device Status', 'Correctable@0 NonFatal@1 Fatal@2 UnsupportedRequest@3 TransactionsPending@5'),
      part(0x0c, 4, 'Link Capabilities', 'MaxSpeed@0:3 MaxWidth@4:9 ASPM@10:11'),
      part(0x10, 2, 'Link Control', LINK_CONTROL),
      part(0x12, 2, 'Link Status', 'Speed@0:3 Width@4:9 Training@11'),
      part(0x14, 4, 'Slot Capabilities'),
      part(0x18, 2, 'Slot Control'),
      part(0x1a, 2, 'Slot Status'),
      part(0x1c, 2, 'Root Control'),
      part(0x1e, 2, 'Root Capabilities'),
      part(0x20, 4, 'Root Status'),
      part(0x24, 4, 'Device Capabilities 2'),
      part(0x28, 2, 'Device Control 2', 'CompletionTimeout@0:3 TimeoutDisable@4 AtomicRequester@6 LTR@10'),
      part(0x2a, 2, 'Device Status 2'),
      part(0x2c, 4, 'Link Capabilities 2'),
      part(0x30, 2, 'Link Control 2', 'TargetSpeed@0:3'),
      part(0x32, 2, 'Link Status 2'),
    ],
  },
  17: {
    name: 'MSI-X',
    parts: [
      part(2, 2, 'Message Control', 'TableSize@0:10 FunctionMask@14 Enable@15'),
      part(4, 4, 'Table', 'BIR@0:2 Offset@3:31'),
      part(8, 4, 'PBA', 'BIR@0:2 Offset@3:31'),
    ],
  },
};

/** By extended capability ID. The header of 4 bytes is added to each. */
const EXTENDED: Readonly<Record<number, Capability>> = {
  1: {
    name: 'AER',
    parts: [
      part(0x04, 4, 'Uncorrectable Error Status'),
      part(0x08, 4, 'Uncorrectable Error Mask'),
      part(0x0c, 4, 'Uncorrectable Error Severity'),
      part(0x10, 4, 'Correctable Error Status'),
      part(0x14, 4, 'Correctable Error Mask'),
      part(0x18, 4, 'Capabilities and Control', 'FirstError@0:4'),
    ],
  },
  3: { name: 'Serial Number', parts: [part(4, 4, 'Lower'), part(8, 4, 'Upper')] },
  11: { name: 'VSEC', parts: [part(4, 4, 'Header')] },
  14: { name: 'ARI', parts: [part(4, 2, 'Capability'), part(6, 2, 'Control')] },
  16: { name: 'SR-IOV', parts: [part(4, 4, 'Capabilities'), part(8, 2, 'Control')] },
  24: { name: 'LTR', parts: [part(4, 2, 'Max Snoop'), part(6, 2, 'Max No-Snoop')] },
};

/** Names of a configuration space: the header's, and those of the capabilities that its chains lead to. */
export function configParts(image: DataView): ConfigPart[] {
  return [...HEADER, ...legacyCapabilities(image), ...extendedCapabilities(image)];
}

function legacyCapabilities(image: DataView): ConfigPart[] {
  const parts: ConfigPart[] = [];
  const seen = new Set<number>();
  for (let at = image.getUint8(0x34) & 0xfc; at >= 0x40 && !seen.has(at); at = image.getUint8(at + 1) & 0xfc) {
    seen.add(at);
    const id = image.getUint8(at);
    // Not read yet.
    if (id === 0 || id === 0xff) break;
    const capability = CAPABILITIES[id] ?? { name: `Capability ${hex(id, 2)}`, parts: [] };
    parts.push({ offset: at, width: 2, name: `${capability.name} header` }, ...placed(capability, at));
  }
  return parts;
}

function extendedCapabilities(image: DataView): ConfigPart[] {
  const parts: ConfigPart[] = [];
  const seen = new Set<number>();
  for (let at = 0x100; at >= 0x100 && !seen.has(at); at = (image.getUint32(at, true) >>> 20) & 0xffc) {
    seen.add(at);
    const id = image.getUint16(at, true);
    if (id === 0 || id === 0xffff) break;
    const capability = EXTENDED[id] ?? { name: `Extended capability ${hex(id, 4)}`, parts: [] };
    parts.push({ offset: at, width: 4, name: `${capability.name} header` }, ...placed(capability, at));
  }
  return parts;
}

function placed({ name, parts }: Capability, at: number): ConfigPart[] {
  return parts
    .filter(({ offset, width }) => at + offset + width <= 4096)
    .map((each) => ({ ...each, offset: at + each.offset, name: `${name} ${each.name}` }));
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
