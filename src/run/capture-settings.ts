import { FILTER_EXAMPLES, FILTER_TERMS, FilterError, parseFilter } from '@pciem/capture/recorder';
import { UsageFailure } from '../errors.ts';
import type { CaptureSettings, Compression } from '../host/kernel/capture-settings.ts';

/** As `captureFlags` of the commands gives them. */
export interface CaptureFlagValues {
  callers?: boolean | undefined;
  snaplen?: number | undefined;
  filter?: string | undefined;
  link?: string | undefined;
  'mark-when'?: string | undefined;
  'stop-when'?: string | undefined;
  before?: number | undefined;
  after?: number | undefined;
  'stop-after'?: string | undefined;
  filesize?: string | undefined;
  duration?: string | undefined;
  files?: number | undefined;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const SECONDS: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 };
/** A file must have room for the device maps. */
const MIN_FILE_BYTES = 64 * 1024;
const LINK_SIZES = [128, 256, 512, 1024, 2048, 4096];

/** The settings of a capture to `file`. Throws a UsageFailure that names the flag, its value and what would do. */
export function captureSettings(flags: CaptureFlagValues, file: string): CaptureSettings {
  const rotates = flags.filesize !== undefined || flags.duration !== undefined;
  if (flags.files !== undefined && !rotates) {
    throw new UsageFailure('--files needs --filesize or --duration: when to start a new file');
  }
  if (rotates && (file === '-' || file.startsWith('/dev/'))) {
    throw new UsageFailure('--filesize and --duration need the name of a file, not a pipe');
  }
  for (const name of ['filter', 'mark-when', 'stop-when'] as const) checkExpression(name, flags[name]);
  const settings: { [Name in keyof CaptureSettings]: CaptureSettings[Name] | undefined } = {
    callers: flags.callers,
    snaplen: flags.snaplen,
    link: flags.link === undefined ? undefined : parseLink(flags.link),
    filter: flags.filter,
    markWhen: flags['mark-when'],
    stopWhen: flags['stop-when'],
    before: flags.before,
    after: flags.after,
    seconds: time('stop-after', flags['stop-after']),
    fileBytes: size(flags.filesize),
    fileSeconds: time('duration', flags.duration),
    files: flags.files,
    compression: compressionOf(file),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** By the extension of the file's name. */
export function compressionOf(file: string): Compression | undefined {
  if (file.endsWith('.gz')) return 'gzip';
  return file.endsWith('.zst') ? 'zstd' : undefined;
}

function checkExpression(name: string, text: string | undefined): void {
  if (text === undefined) return;
  try {
    parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw expressionFailure(name, text, error);
  }
}

/** What is wrong with an expression, and how they are written. */
export function expressionFailure(name: string, text: string, error: FilterError): UsageFailure {
  const width = Math.max(...FILTER_TERMS.map(([term]) => term.length));
  return new UsageFailure(`--${name} '${text}': ${error.message}`, [
    `For example: ${FILTER_EXAMPLES.map((example) => `'${example}'`).join(', ')}`,
    ...FILTER_TERMS.map(([term, help]) => `${term.padEnd(width)}  ${help}`),
  ]);
}

function parseLink(text: string): { mps: number; mrrs: number; rcb: number } {
  const [mps, mrrs, rcb, ...rest] = text.split('/').map(Number);
  const isSize = (value: number | undefined) => value !== undefined && LINK_SIZES.includes(value);
  if (rest.length > 0 || !isSize(mps) || !isSize(mrrs) || (rcb !== 64 && rcb !== 128)) {
    throw new UsageFailure(`--link ${text}: not of the form MPS/MRRS/RCB`, [
      `MPS and MRRS are one of ${LINK_SIZES.join(', ')}; RCB is 64 or 128. For example: 256/512/64`,
    ]);
  }
  return { mps: mps as number, mrrs: mrrs as number, rcb };
}

function size(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number);
  if (!Number.isSafeInteger(bytes)) throw new UsageFailure(`--filesize ${text}: not a size`, ['For example: 100M']);
  if (bytes < MIN_FILE_BYTES) throw new UsageFailure(`--filesize ${text}: must be 64K or more`);
  return bytes;
}

function time(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * (SECONDS[match[2] as string] as number);
  // The longest that a timer takes.
  if (seconds <= 0 || seconds > 2_147_483)
    throw new UsageFailure(`--${name} ${text}: not a time`, ['For example: 30s, 5m']);
  return seconds;
}
