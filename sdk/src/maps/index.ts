/** Register maps from outside of code: YAML and CMSIS-SVD. */
export { deviceFromMap, type MapAccess, type MapDeviceOptions } from './device.ts';
export { isRegisterMapError, RegisterMapError } from './error.ts';
export { type LoadOptions, loadRegisterMap, parseRegisterMap } from './load.ts';
export { describeFields, fieldValue, type PlacedRegister, RegisterLookup } from './lookup.ts';
export type { MapBar, MapField, MapRegister, RegisterMap } from './types.ts';
