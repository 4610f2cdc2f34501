import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../errors.ts';

/** npm has failed. */
export class NpmFailure extends Failure {
  /** Such as `E404`; empty if npm did not say. */
  readonly code: string;

  constructor(message: string, code: string, nextSteps: readonly string[]) {
    super(message, nextSteps);
    this.code = code;
  }
}

export interface NpmOptions {
  cwd: string;
  /** Packages may run programs of theirs while they are installed. */
  allowScripts: boolean;
  /** Instead of the one that npm is configured for. */
  registry?: string | undefined;
}

/** Runs the npm that comes with pciem: that of the machine may be too old, or not there. Returns its output. */
export async function runNpm(args: readonly string[], options: NpmOptions): Promise<string> {
  const { cwd, allowScripts, registry } = options;
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--omit=dev', '--loglevel=error'];
  // By itself npm tries for over a minute.
  const retries = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { failed, stdout, stderr } = await execa(
    process.execPath,
    [
      npmProgram(),
      ...args,
      ...quiet,
      ...retries,
      `--ignore-scripts=${!allowScripts}`,
      ...(allowScripts ? ['--dangerously-allow-all-scripts'] : []),
      ...(registry === undefined ? [] : [`--registry=${registry}`]),
    ],
    { cwd, reject: false, stdin: 'ignore', env: { HUSKY: '0', NO_COLOR: '1' } },
  );
  if (failed) throw explain(args, stderr);
  return stdout;
}

function npmProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('npm/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { npm: string } };
  return join(dirname(manifest), bin.npm);
}

/** No network: what npm calls it depends on where it noticed. */
const OFFLINE = /^(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)$/;

function explain(args: readonly string[], stderr: string): NpmFailure {
  const lines = stderr.split('\n').flatMap((line) => /^npm (?:error|ERR!) ?(.*)$/.exec(line)?.[1] ?? []);
  const code = lines.map((line) => /^code (\S+)$/.exec(line)?.[1]).find((found) => found !== undefined) ?? '';
  const said = lines.filter((line) => !/^(code|errno|syscall|A complete log|\s*at |\s*$)/.test(line)).slice(0, 12);
  if (OFFLINE.test(code)) {
    return new NpmFailure(`The registry of npm cannot be reached (${code})`, code, [
      'Without a network: a tarball (.tgz) of the plugin, with everything it depends on bundled, except @pciem/sdk and zod',
      ...said.slice(0, 1),
    ]);
  }
  return new NpmFailure(`npm ${args[0]} failed${code === '' ? '' : ` (${code})`}`, code, said);
}
