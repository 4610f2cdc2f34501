import { strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { originals } from './originals.ts';

const guides = ['reverse-engineer', 'before-silicon', 'capture-to-test'];

/** Code of a guide: a file that it shows, or commands. */
const BLOCK = /^( *)```(sh|yaml|ts)(?: (\S+))?\n([\s\S]*?)^\1```$/gm;

/** Every file that the guides show is written, and every command is run. */
export async function guidesWork(): Promise<void> {
  // Under the repository, where the SDK is found.
  const directory = mkdtempSync(join(root, 'test/.guides-'));
  try {
    prepare(directory);
    const capture = join(directory, 'bug.pcapng');
    const bug = pciem('run', join(directory, 'my-device.ts'), '--capture', capture, '--', 'true');
    strictEqual(await bug.ended, 0, bug.output());
    for (const guide of guides) follow(guide, directory);
  } finally {
    rmSync(directory, { recursive: true });
    spawnSync('rmmod', ['edu']);
  }
}

/** What a reader has: a driver, and a device. */
function prepare(directory: string): void {
  execFileSync('modprobe', ['ahci']);
  copyFileSync(join(share, 'edu.ko'), join(directory, 'nic.ko'));
  copyFileSync(join(root, 'test/vm/devices/changed-edu.ts'), join(directory, 'my-device.ts'));
}

function follow(guide: string, cwd: string): void {
  const [{ address } = { address: '' }] = originals();
  for (const [, indent = '', language, file, code = ''] of text(guide).matchAll(BLOCK)) {
    const lines = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    if (language !== 'sh') {
      writeFileSync(join(cwd, file ?? ''), lines);
      continue;
    }
    for (const line of lines.trim().split('\n')) {
      const command = line
        .replace('npx pciem', `${process.execPath} ${join(root, 'bin/run.js')}`)
        .replace(/^node /, `${process.execPath} `)
        // This is the virtual machine already.
        .replace(' --vm', '')
        .replace('03:00.0', address);
      spawnSync('rmmod', ['edu']);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
      strictEqual(status, 0, `${guide}: ${line}\n${stdout.slice(-2000)}\n${stderr}`);
    }
  }
}

function text(guide: string): string {
  return readFileSync(join(root, 'docs', `${guide}.md`), 'utf8');
}
