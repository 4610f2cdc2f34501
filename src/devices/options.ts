import type { OptionsSchema } from '@pciem/sdk';

/** An option of a device, for people. */
export interface OptionDescription {
  name: string;
  help: string;
  /** What is taken, such as `string`, `number` or `"a" | "b"`; empty if the schema does not tell. */
  type: string;
  isRequired: boolean;
  /** As it would be typed; undefined if there is none, or one that only the device knows. */
  default: string | undefined;
}

interface JsonSchema {
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** The part of the Standard JSON Schema interface (version 1) that is used here; zod 4.2 and later implements it. */
interface DescribedSchema {
  readonly '~standard': {
    readonly jsonSchema?: { input(options: { target: 'draft-2020-12' }): unknown };
  };
}

/**
 * The options that a schema takes. `effective`: what the device gets when none is given, which tells the defaults;
 * undefined if it needs some.
 */
export function describeOptions(
  schema: OptionsSchema | undefined,
  effective: Readonly<Record<string, unknown>> | undefined,
): OptionDescription[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema);
  const names = new Set([...Object.keys(properties), ...Object.keys(effective ?? {})]);
  return [...names].map((name) => {
    const property = properties[name] ?? {};
    const fallback = property.default ?? scalar(effective?.[name]);
    return {
      name,
      help: property.description ?? '',
      type: typeOf(property),
      isRequired: required.includes(name),
      default: fallback === undefined ? undefined : textOf(fallback),
    };
  });
}

/** An empty schema if the library cannot describe itself, or not this schema. */
function jsonSchemaOf(schema: OptionsSchema & Partial<DescribedSchema>): JsonSchema {
  try {
    return (schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }) ?? {}) as JsonSchema;
  } catch {
    return {};
  }
}

function typeOf({ type, enum: values, const: value, anyOf }: JsonSchema): string {
  if (values !== undefined) return values.map((each) => JSON.stringify(each)).join(' | ');
  if (value !== undefined) return JSON.stringify(value);
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].filter((each) => each !== '').join(' | ');
  return [type ?? []].flat().join(' | ');
}

/** What the schema makes of an option may be anything; only what could have been typed is a default. */
function scalar(value: unknown): unknown {
  return typeof value === 'object' || typeof value === 'function' ? undefined : value;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
