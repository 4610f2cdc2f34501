// First command on a fresh clone: plain JavaScript for Node 20 without any package. Sets up what is missing (Debian
// packages, npm packages), then hands over to the script named on the command line, on the Node of the
// repository: `node scripts/bootstrap.mjs scripts/demo.ts [argument…]`.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...scriptArguments] = process.argv.slice(2);

/** What the demo needs; `npm test` needs the second list as well. */
const demoPackages =
  'qemu-system-x86 busybox-static tshark nvme-cli pciutils e2fsprogs kmod xz-utils make gcc gcc-12 libc6-dev libelf1';
const testPackages =
  'lua-check fio zstd sparse flex bison bc dwarves libelf-dev libcapstone-dev binutils clang libclang-rt-dev perl git ethtool iperf3 zsh';

/** Prints what happens and, when it is done, how long it took. */
function step(name, work) {
  const start = Date.now();
  process.stderr.write(`==> ${name}\n`);
  work();
  process.stderr.write(`    ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Runs a program with its output in the terminal; ends this process if it fails. */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) stop(`${command} cannot be run: ${error.message}`);
  if (status !== 0) stop(`${[command, ...args].join(' ')} failed (exit status ${status})`);
}

function checkMachine() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) stop(`Node ${process.version} is too old: install Node 20 or newer`);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    stop(`pciem runs on Linux on x86-64; this is ${process.platform} on ${process.arch}`);
  }
}

function installSystemPackages() {
  const wanted = `${demoPackages} ${script?.includes('demo') ? '' : testPackages}`.trim().split(/\s+/);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own syntax
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\n', ...wanted], {
    encoding: 'utf8',
  });
  if (query.error) {
    process.stderr.write(`No dpkg here: make sure that this machine has the equivalents of\n  ${wanted.join(' ')}\n`);
    return;
  }
  const installed = new Set(query.stdout.split('\n').flatMap((line) => /^ii\s+(\S+)/.exec(line)?.[1] ?? []));
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  const line = `apt-get install --no-install-recommends -y ${missing.join(' ')}`;
  if (process.getuid() !== 0) stop(`Packages are missing. As root:\n\n  ${line}\n\nThen try again.`);
  step(`installing ${missing.join(' ')}`, () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], env);
    run('apt-get', ['install', '--no-install-recommends', '-y', '-qq', '-o', 'Dpkg::Use-Pty=0', ...missing], env);
  });
}

function installNpmPackages() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules/.package-lock.json');
  const node = join(root, 'node_modules/node/bin/node');
  const isCurrent = existsSync(node) && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (isCurrent) return;
  step('npm ci', () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']));
}

if (script === undefined) stop('Usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT…]');
checkMachine();
installSystemPackages();
installNpmPackages();
const node = join(root, 'node_modules/node/bin/node');

// Ctrl-C reaches the script too, and how it ends is for the script to say.
process.on('SIGINT', () => {});
const { status, signal } = spawnSync(node, [join(root, script), ...scriptArguments], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0);
