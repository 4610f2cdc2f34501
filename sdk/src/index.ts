export {
  type BarIndex,
  type BarKind,
  type BarOptions,
  type BarSpec,
  bar,
  type DoorbellOptions,
  doorbells,
  isTrapped,
  memory,
  type RangeItem,
  type RangeOptions,
  type RangeSpec,
  range,
} from './bars.ts';
export type { CapabilitySpec, MsixLayout, WriteReaction } from './capabilities/capability.ts';
export { aer, ats, deviceSerialNumber, doe, ltr, pasid } from './capabilities/extended.ts';
export { type MsiOptions, msi } from './capabilities/msi.ts';
export { msix } from './capabilities/msix.ts';
export { type PcieEndpointOptions, pcieEndpoint } from './capabilities/pcie.ts';
export { type PmOptions, pm } from './capabilities/pm.ts';
export { capability, type RawCapabilityOptions } from './capabilities/raw.ts';
export { vendorSpecific } from './capabilities/vendor.ts';
export { type VpdOptions, vpd } from './capabilities/vpd.ts';
export type { RawConfig } from './config/raw-config.ts';
export type { Access, ConfigAccess, DeviceContext, HandlerContext, Irq, IrqResult, Log } from './context.ts';
export type { DeferOptions, DeferredRead } from './deferred.ts';
export {
  type AnyDeviceSpec,
  API_VERSION,
  DEVICE_BRAND,
  type DeviceDefinition,
  type DeviceSpec,
  defineDevice,
  deviceSpec,
  type Handlers,
  type Identity,
  type Interrupts,
  isDeviceDefinition,
  type PowerState,
  type ResetKind,
} from './device.ts';
export { type Dma, type DmaOp, dmaOp } from './dma.ts';
export { AtomicOp, type DmaAtomic, dmaAtomic } from './dma-atomic.ts';
export { DmaFault, DmaStatus } from './dma-fault.ts';
export { DeviceDefinitionError, DeviceOptionsError, isDeviceDefinitionError, isDeviceOptionsError } from './errors.ts';
export {
  type FieldAccess,
  type FieldMap,
  type FieldOptions,
  type FieldSpec,
  rc,
  ro,
  rs,
  rw,
  w1c,
  w1s,
  wo,
} from './fields.ts';
export { Fifo } from './fifo.ts';
export { hex } from './hex.ts';
export {
  type CompleteRead,
  CompletionStatus,
  type HostPort,
  IRQ_DELIVERED,
  IRQ_PENDING,
  IRQ_REFUSED,
  type LogLevel,
} from './host-port.ts';
export type { NoOptions, OptionsInput, OptionsSchema, ParsedOptions } from './options.ts';
export type { Registers, Spaces } from './register-types.ts';
export {
  type ArrayShape,
  type RegisterAccess,
  type RegisterArrayOptions,
  type RegisterMap,
  type RegisterOptions,
  type RegisterSpec,
  type RegisterValue,
  reg8,
  reg16,
  reg32,
  reg64,
  type Width,
} from './registers.ts';
export type { RomSource } from './rom.ts';
export { DeviceInstance, type SpaceInfo } from './runtime/instance.ts';
export type { ReadResult } from './runtime/read-result.ts';
export { READ_DEFERRED, READ_DONE, READ_FAILED } from './runtime/space.ts';
export {
  BYTE_FORWARD,
  BYTE_NOTIFY,
  BYTE_ORDERED,
  BYTE_READ_SETS,
  CONFIG_BYTES,
  heapSpace,
  SPACE_CONFIG,
  SPACE_ROM,
  type SpaceMemory,
} from './spaces.ts';
