import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/** An exception as its author wants to see it: no frames of the SDK, of this host or of Node. */
export interface ErrorReport {
  readonly message: string;
  /** `file:line:column`, relative to the working directory if it is in there. */
  readonly location: string | undefined;
  readonly stack: string;
}

const ownDirectories = [import.meta.dirname, dirname(fileURLToPath(import.meta.resolve('@pciem/sdk')))];
/** A plugin brings its own copy of the SDK. */
const SDK_PACKAGE = '/node_modules/@pciem/sdk/';
const FRAME = /^\s*at (?:(?<call>.*) \()?(?<place>(?:file:\/\/|\/)[^)]*:\d+:\d+)\)?$/;
/** Errors of the parser begin with the place, not with a frame. */
const SYNTAX_PLACE = /^(?<place>(?:file:\/\/|\/).*:\d+)$/;

export function reportError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { message: `${inspect(error)} was thrown, which is no Error`, location: undefined, stack: '' };
  }
  const lines = (error.stack ?? '').split('\n');
  const frames = lines.map((line) => FRAME.exec(line)?.groups).filter((frame) => frame !== undefined);
  const own = frames
    .map(({ call, place = '' }) => ({ call, path: pathOf(place) }))
    .filter(({ path }) => !isOurs(path))
    .map(({ call, path }) => ({ call, place: shorten(path) }));
  const parsed = SYNTAX_PLACE.exec(lines[0] ?? '')?.groups?.place;
  return {
    message: error.name === 'Error' ? error.message : `${error.name}: ${error.message}`,
    location: parsed === undefined ? own[0]?.place : shorten(pathOf(parsed)),
    stack: own.map(({ call, place }) => `    at ${call ? `${call} (${place})` : place}`).join('\n'),
  };
}

function pathOf(place: string): string {
  if (!place.startsWith('file://')) return place;
  const [, url = place, position = ''] = /^(.*?)((?::\d+)+)$/.exec(place) ?? [];
  return fileURLToPath(url) + position;
}

function isOurs(path: string): boolean {
  return path.includes(SDK_PACKAGE) || ownDirectories.some((directory) => path.startsWith(`${directory}/`));
}

function shorten(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}
