import { createHash, randomBytes } from 'node:crypto';

/** PCI and NVMe identity of one controller. */
export interface Identity {
  vendor: number;
  subsystemVendor: number;
  serial: string;
  model: string;
  firmware: string;
  /** IEEE OUI, most significant byte first. */
  oui: Uint8Array;
  /** NVM Subsystem NVMe Qualified Name (NVMe 1.4 §7.9). */
  subsystemName: string;
}

/** Globally unique identifiers of a namespace (NVMe 1.4 §7.10, §7.11). Big endian. */
export interface NamespaceIds {
  eui64: Uint8Array;
  nguid: Uint8Array;
  uuid: Uint8Array;
}

/** No vendor has registered it; emulators use it by custom. */
export const VENDOR = 0x1234;
/** Locally administered, as virtual machines use it. */
const OUI = Uint8Array.of(0x52, 0x54, 0x00);
const FIRMWARE = '1.0';

export function makeIdentity(serial: string, model: string): Identity {
  return {
    vendor: VENDOR,
    subsystemVendor: VENDOR,
    serial,
    model,
    firmware: FIRMWARE,
    oui: OUI,
    subsystemName: `nqn.2014-08.org.nvmexpress:uuid:${formatUuid(makeUuid(digest('subsystem', serial, model)))}`,
  };
}

/** The identifiers depend on serial and model only, so that /dev/disk/by-id stays the same. */
export function makeNamespaceIds(identity: Identity, nsid: number): NamespaceIds {
  const hash = digest('namespace', identity.serial, identity.model, String(nsid));
  const nguid = hash.slice(0, 16);
  nguid.set(OUI, 8);
  const eui64 = hash.slice(16, 24);
  eui64.set(OUI, 0);
  return { eui64, nguid, uuid: makeUuid(digest('uuid', identity.serial, identity.model, String(nsid))) };
}

/** The same file gets the same serial number; memory that vanishes gets a new one each time. */
export function defaultSerial(backing: string | undefined): string {
  const id = backing === undefined ? randomBytes(6) : digest('backing', backing).subarray(0, 6);
  return `PCIEM${Buffer.from(id).toString('hex').toUpperCase()}`;
}

function digest(...parts: string[]): Uint8Array {
  return new Uint8Array(createHash('sha256').update(parts.join('\0')).digest());
}

/** RFC 9562 version 8: any 122 bits under version and variant. */
function makeUuid(hash: Uint8Array): Uint8Array {
  const uuid = hash.slice(0, 16);
  uuid[6] = ((uuid[6] as number) & 0x0f) | 0x80;
  uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
  return uuid;
}

function formatUuid(uuid: Uint8Array): string {
  return Buffer.from(uuid)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
