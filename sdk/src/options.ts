import { DeviceOptionsError } from './errors.ts';

/**
 * The part of the Standard Schema interface (version 1) that is used here: zod and others implement it, so a plugin
 * can bring its own copy and version of its schema library.
 */
export interface OptionsSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What the device gets from a schema. */
export type ParsedOptions<S> = S extends OptionsSchema<infer Output> ? Output : never;

/** Of a device that takes none. */
export type NoOptions = Readonly<Record<string, never>>;

/** What a schema takes. */
export type OptionsInput<S> = S extends OptionsSchema<unknown, infer Input> ? Input : never;

/** Checks options against the device's schema. Throws a DeviceOptionsError that lists every problem. */
export function parseOptions(
  device: string,
  schema: OptionsSchema | undefined,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!schema) {
    const unknown = Object.keys(options);
    if (unknown.length === 0) return {};
    throw new DeviceOptionsError(device, [`unknown option ${unknown.join(', ')}: this device takes no options`]);
  }
  const result = schema['~standard'].validate(options);
  if (result instanceof Promise) {
    throw new DeviceOptionsError(device, ['the schema of its options is asynchronous; it has to answer at once']);
  }
  if (result.issues) throw new DeviceOptionsError(device, result.issues.map(describeIssue));
  return result.value as Readonly<Record<string, unknown>>;
}

function describeIssue(issue: SchemaIssue): string {
  const path = issue.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path ? `option ${path}: ${issue.message}` : issue.message;
}
