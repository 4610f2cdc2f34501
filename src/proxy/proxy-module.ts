import { readFile } from 'node:fs/promises';
import { Failure } from '../errors.ts';
import { fromJson } from '../plain-json.ts';
import { loadProxy } from './load-proxy.ts';
import type { ProxySpec } from './spec.ts';

/**
 * The device module of every proxy: `?spec=FILE` in its URL names the specification, so that it can be loaded before the
 * device is made.
 */
const file = new URL(import.meta.url).searchParams.get('spec');
if (file === null) throw new Error('this module is loaded by pciem proxy, with ?spec=FILE');

export default await loadProxy(fromJson(await readFile(file, 'utf8')) as ProxySpec).catch((error: unknown) => {
  if (error instanceof Failure) throw new Error([error.message, ...error.nextSteps].join('; '));
  throw error;
});
