// Numbers of the pcapng specification (draft-ietf-opsawg-pcapng).

export const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** LINKTYPE_USER0. */
export const LINKTYPE_USER0 = 147;

export const Option = {
  end: 0,
  comment: 1,
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceTimestampResolution: 9,
  interfaceHardware: 15,
  packetFlags: 2,
  packetDropCount: 4,
  packetId: 5,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsDropped: 5,
  statisticsDelivered: 8,
} as const;

/** Bits 1:0 of the packet flags option. */
export const PacketDirection = { unknown: 0, inbound: 1, outbound: 2 } as const;

/** A block is at least its type, its two lengths and nothing. */
export const MIN_BLOCK_BYTES = 12;
