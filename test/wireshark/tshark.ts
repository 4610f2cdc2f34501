import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dissector = fileURLToPath(new URL('../../dissector', import.meta.url));
/** Wireshark 4.4 and later load no Lua at all for root, so root runs it as nobody. */
const CUT_SHORT = /appears to have been cut short|less data than/;
const NOBODY = { uid: 65534, gid: 65534 };

/** What tshark printed. */
export interface TsharkResult {
  lines: string[];
  stderr: string;
}

/** A folder in which captures lie that tshark reads as an unprivileged user, and a copy of the dissector. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'pciem-wireshark-'));
  readonly script: string;

  constructor() {
    chmodSync(this.folder, 0o777);
    cpSync(dissector, join(this.folder, 'dissector'), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', this.folder]);
    this.script = join(this.folder, 'dissector/pciem.lua');
  }

  /** Writes a file and returns its path. */
  file(bytes: Uint8Array, name = 'capture.pcapng'): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** Makes the copy of the dissector raise an error at every packet, to test that tests would notice. */
  breakDissector(): void {
    const path = join(this.folder, 'dissector/pciem/legality.lua');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('function legality.length(t)', 'function legality.length(t)\nt.none.x = 1'),
    );
  }

  /** Runs one of Wireshark's programs; throws if it cannot be started. */
  run(program: string, args: string[]): TsharkResult & { status: number | null } {
    const result = spawnSync(program, args, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { PATH: process.env.PATH, HOME: this.folder, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(process.getuid?.() === 0 && NOBODY),
    });
    if (result.error) throw new Error(`${program} does not run (install the package tshark): ${result.error.message}`);
    return { lines: result.stdout.split('\n').slice(0, -1), stderr: result.stderr, status: result.status };
  }

  /** Runs tshark with the dissector. Throws if it fails otherwise than at the end of a file that is cut short. */
  tshark(path: string, ...args: string[]): TsharkResult {
    const result = this.run('tshark', ['-X', `lua_script:${this.script}`, '-r', path, ...args]);
    if (/lua/i.test(result.stderr)) throw new Error(`tshark reports a Lua error: ${result.stderr}`);
    if (result.status !== 0 && !CUT_SHORT.test(result.stderr)) {
      throw new Error(`tshark exits with ${result.status}: ${result.stderr}`);
    }
    return result;
  }

  /** Values of fields, a row for each packet that passes the filter; several values of a field are joined by commas. */
  fields(path: string, names: string[], ...args: string[]): string[][] {
    const { lines } = this.tshark(
      path,
      '-T',
      'fields',
      '-E',
      'occurrence=a',
      ...names.flatMap((name) => ['-e', name]),
      ...args,
    );
    return lines.map((line) => line.split('\t'));
  }

  /** The Info column. */
  info(path: string, ...args: string[]): string[] {
    return this.fields(path, ['_ws.col.Info'], ...args).map(([info]) => info as string);
  }

  /** Messages of Lua errors and of packets that Wireshark found malformed, frame by frame; wanted: none. */
  breakage(path: string, ...args: string[]): string[][] {
    const filter = '_ws.malformed or _ws.expert.message contains "Lua Error"';
    return this.fields(path, ['frame.number', '_ws.expert.message'], '-Y', filter, ...args);
  }

  /** Our expert infos as `frame: message`. */
  experts(path: string, ...args: string[]): string[] {
    return this.fields(
      path,
      ['frame.number', '_ws.expert.message'],
      '-Y',
      '_ws.expert and not frame.comment',
      ...args,
    ).map(([frame, message]) => `${frame}: ${message}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
