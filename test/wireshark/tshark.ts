import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dissector = fileURLToPath(new URL('../../dissector', import.meta.url));
/** A folder with another system and its Wireshark, such as a chroot of a newer Debian; needs root. */
const root = process.env.PCIEM_WIRESHARK_ROOT ?? '';
const CUT_SHORT = /appears to have been cut short|less data than/;
/** Wireshark 4.4 and later load no Lua at all for root, so root runs it as nobody. */
const NOBODY = 65534;

/** What a program printed. */
export interface ProgramResult {
  lines: string[];
  stderr: string;
  status: number | null;
}

/** What tshark's tables say of a whole file. */
export interface Overview {
  /** Expert infos other than comments (Lua errors and malformed packets among them) and problems of the summary. */
  flaws: string[];
  /** Requests whose last completion was found. */
  responses: number;
}

function readOverview(lines: readonly string[]): Overview {
  const flaws: string[] = [];
  let responses = 0;
  let table = '';
  for (const line of lines) {
    const [, title] = /^(\w+) +(?:\(\d+\)$|packets|count)/.exec(line) ?? [];
    if (title !== undefined) table = title;
    else if (/^(=+|PCI Express.*| *Frequency .*)?$/.test(line)) continue;
    else if (table === 'Request') responses += Number(line.slice(28, 37));
    else if (table !== 'Type' && table !== 'Function' && table !== 'Comments')
      flaws.push(line.trim().replace(/ +/g, ' '));
  }
  return { flaws, responses };
}

/** A folder in which captures lie that tshark reads as an unprivileged user, and a copy of the dissector. */
export class Workbench {
  /** Paths are as the programs see them. */
  readonly folder: string;
  readonly script: string;

  constructor() {
    const folder = mkdtempSync(join(root || '/', 'tmp/pciem-wireshark-'));
    chmodSync(folder, 0o777);
    cpSync(dissector, join(folder, 'dissector'), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    this.folder = folder.slice(root.length);
    this.script = `${this.folder}/dissector/pciem.lua`;
  }

  /** Writes a file and returns its path. */
  file(bytes: Uint8Array, name = 'capture.pcapng'): string {
    writeFileSync(join(root, this.folder, name), bytes);
    return `${this.folder}/${name}`;
  }

  /** Copies a file of any size and returns its path. */
  copy(path: string, name = 'capture.pcapng'): string {
    const target = join(root, this.folder, name);
    copyFileSync(path, target, constants.COPYFILE_FICLONE);
    chmodSync(target, 0o644);
    return `${this.folder}/${name}`;
  }

  /** A path of the programs as this process sees it. */
  outside(path: string): string {
    return join(root, path);
  }

  /** Makes the copy of the dissector raise an error at every TLP, to test that tests would notice. */
  breakDissector(): void {
    const path = join(root, this.folder, 'dissector/pciem/legality.lua');
    const start = 'function legality.length(t)';
    writeFileSync(path, readFileSync(path, 'utf8').replace(start, `${start}\nt.none.x = 1`));
  }

  /** Runs one of Wireshark's programs; throws if it cannot be started. */
  run(program: string, args: string[]): ProgramResult {
    const chroot = ['chroot', `--userspec=${NOBODY}:${NOBODY}`, root, program];
    const [command, ...rest] = [...(root ? chroot : [program]), ...args] as [string, ...string[]];
    const result = spawnSync(command, rest, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { PATH: process.env.PATH, HOME: this.folder, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(!root && process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
    });
    if (result.error) throw new Error(`${program} does not run (install the package tshark): ${result.error.message}`);
    return { lines: result.stdout.split('\n').slice(0, -1), stderr: result.stderr, status: result.status };
  }

  /** Runs tshark with the dissector. Throws if it fails otherwise than at the end of a file that is cut short. */
  tshark(path: string, ...args: string[]): ProgramResult {
    const result = this.run('tshark', ['-X', `lua_script:${this.script}`, '-r', path, ...args]);
    if (/lua/i.test(result.stderr)) throw new Error(`tshark reports a Lua error: ${result.stderr}`);
    if (result.status !== 0 && !CUT_SHORT.test(result.stderr)) {
      throw new Error(`tshark exits with ${result.status}: ${result.stderr}`);
    }
    return result;
  }

  /** Values of fields, a row for each packet that passes the filter; several values of a field are joined by commas. */
  fields(path: string, names: string[], ...args: string[]): string[][] {
    const columns = names.flatMap((name) => ['-e', name]);
    const { lines } = this.tshark(path, '-T', 'fields', '-E', 'occurrence=a', ...columns, ...args);
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

  /** Expert infos other than comments, as `frame: message`. */
  experts(path: string, ...args: string[]): string[] {
    const filter = '_ws.expert and not frame.comment';
    return this.fields(path, ['frame.number', '_ws.expert.message'], '-Y', filter, ...args).map(
      ([frame, message]) => `${frame}: ${message}`,
    );
  }

  /** What is wrong with a file of any size, and how many requests were answered, from tables: many times faster than fields. */
  overview(path: string): Overview {
    const { lines } = this.tshark(path, '-q', '-z', 'expert', '-z', 'pciem,summary', '-z', 'pciem,latency');
    return readOverview(lines);
  }

  remove(): void {
    rmSync(join(root, this.folder), { recursive: true });
  }
}
