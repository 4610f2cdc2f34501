import { match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';

/** A command of `pciem kmod` that has to succeed; what it printed. */
async function kmod(...args: string[]): Promise<string> {
  const run = pciem('kmod', ...args, '--json');
  strictEqual(await run.ended, 0, run.output());
  return run.output();
}

/**
 * The module on its way from the sources to what modprobe finds, as an administrator goes it: by hand, and by a real
 * dkms, which this machine gets for that.
 */
export async function installsByDkms(): Promise<void> {
  const headers = `/lib/modules/${release()}/build`;
  rmSync(headers, { force: true });
  symlinkSync(process.env.PCIEM_TEST_HEADERS ?? '', headers);

  match(await kmod('unload'), /"unloaded": true/);
  match(await kmod('status'), /"loaded": false/);
  match(await kmod('build'), /pciem\.ko"/);
  match(await kmod('load'), /"loaded": true/);
  ok(existsSync('/dev/pciem'));
  match(await kmod('status'), /"loaded": true/);
  match(await kmod('unload'), /"unloaded": true/);

  execFileSync('dpkg', ['-x', join(share, 'dkms.deb'), '/']);
  match(await kmod('install'), /"way": "dkms"/);
  const status = execFileSync('dkms', ['status', 'pciem'], { encoding: 'utf8' });
  match(status, new RegExp(`^pciem/[\\d.]+, ${release().replaceAll(/[+.]/g, '\\$&')}, x86_64: installed`));
  match(execFileSync('modinfo', ['-n', 'pciem'], { encoding: 'utf8' }), /\/updates\/dkms\/pciem\.ko/);
  execFileSync('modprobe', ['pciem']);
  const run = pciem('run', join(root, 'test/vm/devices/observed.ts'), '--', 'true');
  strictEqual(await run.ended, 0, run.output());

  const [, version = ''] = /^(pciem\/[\d.]+)/.exec(status) ?? [];
  execFileSync('dkms', ['remove', version, '--all']);
  notStrictEqual(spawnSync('modinfo', ['pciem']).status, 0, 'dkms has left it there');
}
