import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/paths.ts';

/** One fenced block of a page. */
export interface Block {
  /** Such as `ts`, `sh`, `text`. */
  language: string;
  /** `file=NAME`: the block is the content of that file. */
  file: string | undefined;
  /**
   * `vm`: needs a virtual machine. `live`: each line is a terminal of its own on a machine with devices
   * (test/vm/guest/live-pages.ts). `norun`: for the reader alone.
   */
  mode: 'vm' | 'live' | 'norun' | undefined;
  code: string;
  /** Of its first line in the page, from 1. */
  line: number;
}

/** The fenced blocks of a page, in order. */
export function readPage(page: string): Block[] {
  const text = readFileSync(join(packageRoot, page), 'utf8');
  return [...text.matchAll(/^```(\S+)([^\n]*)\n(.*?)^```$/gms)].map((match) => {
    const [, language = '', info = '', code = ''] = match;
    return {
      language,
      file: /\bfile=(\S+)/.exec(info)?.[1],
      mode: /\b(vm|live|norun)\b/.exec(info)?.[1] as Block['mode'],
      code,
      line: text.slice(0, match.index).split('\n').length + 1,
    };
  });
}

export interface FollowOptions {
  /** Also what needs a virtual machine. */
  vm: boolean;
  /** Of the reader, who has nothing in it yet. */
  home: string;
  /** Environment on top. */
  env?: Record<string, string>;
}

/**
 * Does what a page says, in an empty directory: writes its files, runs its commands, compares what they print. Throws
 * an Error that names the line of the page.
 */
export async function followPage(page: string, directory: string, options: FollowOptions): Promise<void> {
  prepare(directory, options.home);
  let output: string | undefined;
  for (const block of readPage(page)) {
    const where = `${page}:${block.line}`;
    if (block.file !== undefined) {
      mkdirSync(dirname(join(directory, block.file)), { recursive: true });
      writeFileSync(join(directory, block.file), block.code);
    } else if (block.language === 'sh') {
      const runs = block.mode === undefined || (block.mode === 'vm' && options.vm);
      output = runs ? await runBlock(where, block.code, directory, options) : undefined;
    } else if (block.language === 'text' && output !== undefined) {
      compare(where, block.code, output);
    }
  }
}

/** `pciem` on the PATH, and @pciem/sdk installed, as the page says how to. */
function prepare(directory: string, home: string): void {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(directory, { recursive: true });
  const write = (name: string, script: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${process.execPath} ${script} "$@"\n`, { mode: 0o755 });
  write('pciem', join(packageRoot, 'bin/run.js'));
  write('npm', join(packageRoot, 'node_modules/npm/bin/npm-cli.js'));
  write('node', '');
}

async function runBlock(where: string, code: string, cwd: string, options: FollowOptions): Promise<string> {
  const sdk = join(cwd, 'node_modules/@pciem');
  if (code.startsWith('node --test') && !existsSync(sdk)) {
    mkdirSync(dirname(sdk), { recursive: true });
    await execa('ln', ['-s', join(packageRoot, 'node_modules/@pciem'), sdk]);
  }
  const { all, exitCode } = await execa('sh', ['-ec', code], {
    cwd,
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      PATH: `${options.home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: options.home,
      // Nothing in the pages needs a network.
      npm_config_registry: 'http://127.0.0.1:9',
      FORCE_COLOR: '0',
      ...options.env,
    },
  });
  if (exitCode !== 0) throw new Error(`${where}: exit status ${exitCode}\n${all}`);
  return all;
}

/** Every line of the page, spaces aside, has to be part of a line that was printed. */
function compare(where: string, expected: string, output: string): void {
  const tidy = (text: string) => text.trim().replaceAll(/\s+/g, ' ');
  const printed = output.split('\n').map(tidy);
  for (const line of expected.trim().split('\n').map(tidy)) {
    if (!printed.some((each) => each.includes(line))) throw new Error(`${where}: "${line}" is not in\n${output}`);
  }
}
