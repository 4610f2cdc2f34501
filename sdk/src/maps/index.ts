/** Register maps from outside of code: YAML. */
export { deviceFromMap, type MapAccess, type MapDeviceOptions } from './device.ts';
export { isRegisterMapError, RegisterMapError } from './error.ts';
export { loadRegisterMap } from './load.ts';
export { describeFields, fieldValue, type PlacedRegister, RegisterLookup } from './lookup.ts';
export { mapJsonSchema } from './schema.ts';
export type { MapBar, MapField, MapRegister, RegisterMap } from './types.ts';
export { parseYamlMap } from './yaml.ts';
