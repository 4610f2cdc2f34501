import type { Namespace } from '../namespace.ts';

/** Namespace Identifier Types (NVMe 1.4 §5.15.2.4). */
const NIDT_EUI64 = 1;
const NIDT_NGUID = 2;
const NIDT_UUID = 3;

/** Namespace Identification Descriptor list: NIDT, NIDL, two reserved bytes, the identifier. */
export function namespaceDescriptors(namespace: Namespace): Uint8Array {
  const { eui64, nguid, uuid } = namespace.ids;
  const list = new Uint8Array(4096);
  let at = 0;
  for (const [type, id] of [
    [NIDT_EUI64, eui64],
    [NIDT_NGUID, nguid],
    [NIDT_UUID, uuid],
  ] as const) {
    list[at] = type;
    list[at + 1] = id.length;
    list.set(id, at + 4);
    at += 4 + id.length;
  }
  return list;
}
