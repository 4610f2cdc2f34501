import type { Command } from '@oclif/core';
import { closest } from '../devices/similar.ts';
import { UsageFailure } from '../errors.ts';

/** What oclif says of a wrong command line, as far as it tells more than a text. */
interface ParseError extends Error {
  /** With RequiredArgsError. */
  args?: readonly ({ name?: string; description?: string } | string)[];
  /** With NonExistentFlagsError. */
  flags?: readonly string[];
}

/**
 * A wrong command line as oclif's parser reports it, said as all other failures are; undefined if the error is another
 * one. oclif itself would print the whole help behind it.
 */
export function parseFailure(error: Error, command: Command.Class): UsageFailure | undefined {
  const { name } = error.constructor;
  const { args = [], flags = [] } = error as ParseError;
  const help = `pciem ${command.id.replaceAll(':', ' ')} --help`;
  if (name === 'NonExistentFlagsError') {
    const known = Object.keys({ ...command.baseFlags, ...command.flags }).map((flag) => `--${flag}`);
    const guess = flags[0]?.startsWith('--') ? closest(flags[0], known) : undefined;
    const what = flags.length === 1 ? `There is no flag ${flags[0]}` : `There are no flags ${flags.join(', ')}`;
    return new UsageFailure(what, [...(guess === undefined ? [] : [`Did you mean ${guess}?`]), `All flags: ${help}`]);
  }
  if (name === 'RequiredArgsError') {
    const [first] = args;
    const { name: missing = '', description = '' } = typeof first === 'object' ? first : {};
    return new UsageFailure(`${missing.toUpperCase()} is missing: ${lowerFirst(description)}`, [
      ...example(command),
      help,
    ]);
  }
  if (name === 'UnexpectedArgsError') return new UsageFailure(`${args.join(' ')}: one argument too many`, [help]);
  if (!('oclif' in error) || !isOfParser(error)) return undefined;
  return new UsageFailure(tidy(error.message), [help]);
}

/** Errors that the parser throws as plain CLIErrors, too. */
function isOfParser(error: Error): boolean {
  return 'parse' in error || /^(Flag --|Parsing --|Unexpected flag )/.test(error.message);
}

/** Texts of oclif in one line, without what is said elsewhere. */
function tidy(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^Parsing (--\S+) (.)/, (_, flag: string, letter: string) => `${flag}: ${letter.toLowerCase()}`)
    .replaceAll(/(--[\w-]+)=\S+ cannot also be provided when using (--[\w-]+)/g, '$1 and $2 exclude each other')
    .replaceAll(/All of the following must be provided when using (--[\w-]+): (--[\w-]+)/g, '$1 needs $2');
}

/** The first one of the command's help. */
function example({ id, examples }: Command.Class): string[] {
  const [first] = examples ?? [];
  const line = typeof first === 'object' ? first.command : first;
  if (line === undefined) return [];
  const text = line.replaceAll('<%= config.bin %>', 'pciem').replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
  return [`For example: ${text}`];
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
