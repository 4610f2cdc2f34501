// Runs the wireshark stage with other versions of Wireshark, from Debian releases in chroots. Needs root and debootstrap.
// `npm run test:wiresharks [trixie] [sid]`. PCIEM_TEST_CHROOTS: a folder with chroots by release, instead of the cache.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../src/errors.ts';
import { findMirror } from '../src/kernels/apt.ts';
import { cacheDir } from '../src/paths.ts';
import { add, type Tally, tally } from './test/stage.ts';
import { runVitest } from './test/vitest.ts';

/** Releases, and what their Wireshark is at least. */
const RELEASES: Readonly<Record<string, string>> = { trixie: '4.4', sid: '4.6' };

async function chrootOf(release: string): Promise<string> {
  const given = process.env.PCIEM_TEST_CHROOTS;
  if (given !== undefined) return join(given, release);
  const directory = cacheDir('test', `wireshark-${release}`);
  if (existsSync(directory)) return directory;
  await execa('debootstrap', ['--version']).catch(() => {
    throw new Failure('There is no debootstrap', ['Install it: sudo apt install debootstrap']);
  });
  console.log(`  making a chroot of ${release} in ${directory}`);
  const staging = `${directory}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(cacheDir('test'), { recursive: true });
  const mirror = await findMirror(cacheDir('test'));
  await execa('debootstrap', ['--variant=minbase', '--include=tshark', release, staging, mirror], {
    stdout: 'inherit',
  });
  await rename(staging, directory);
  return directory;
}

async function testWith(release: string): Promise<Tally> {
  const wanted = RELEASES[release];
  if (wanted === undefined) throw new Failure(`${release}: not one of ${Object.keys(RELEASES).join(', ')}`, [], 2);
  const root = await chrootOf(release);
  const { stdout } = await execa('chroot', [root, 'tshark', '--version']);
  const [, version = ''] = /TShark \(Wireshark\) (\d+\.\d+)/.exec(stdout) ?? [];
  console.log(`\n==> wireshark ${version} of ${release}`);
  if (Number(version.split('.')[1]) < Number(wanted.split('.')[1])) {
    console.log(`  ${root} has Wireshark ${version}, expected ${wanted}`);
    return tally(false);
  }
  process.env.PCIEM_WIRESHARK_ROOT = root;
  return runVitest('wireshark');
}

try {
  if (process.getuid?.() !== 0) throw new Failure('Only root can use chroots');
  const tallies: Tally[] = [];
  for (const release of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RELEASES)) {
    tallies.push(await testWith(release));
  }
  const total = add(tallies);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error([error.message, ...error.nextSteps].join('\n  '));
  process.exitCode = error.oclif.exit;
}
