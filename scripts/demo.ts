// The whole of it in two minutes: the stock NVMe driver on a device written in TypeScript, every TLP in a file.
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../src/errors.ts';
import { fetchDebianKernel } from '../src/kernels/index.ts';
import { buildModule } from '../src/kmod/build.ts';
import { packageRoot } from '../src/paths.ts';
import { renderCaptureTable } from '../src/render/capture-table.ts';
import { renderFailure } from '../src/render/text.ts';
import { showPackets } from './demo/packets.ts';

const capture = join(packageRoot, 'demo.pcapng');
const start = performance.now();

function headline(text: string): void {
  const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(3);
  console.log(`\n\u001B[1;36m==> ${text}\u001B[0m\u001B[2m ${seconds} s\u001B[0m`);
}

function indented(line: string): void {
  console.log(`    ${line}`);
}

/** `pciem run nvme --vm …`, just as a user would type it. */
async function plugAndUse(kernel: string): Promise<void> {
  const pciem = [join(packageRoot, 'bin/run.js'), 'run', 'nvme', '--vm', '--kernel', kernel, '--capture', capture];
  await execa(process.execPath, [...pciem, '--', join(packageRoot, 'scripts/demo/guest.sh')], {
    cwd: packageRoot,
    stdio: 'inherit',
    env: { PCIEM_DEMO_SOURCE: join(packageRoot, 'kmod') },
  }).catch(({ exitCode }: { exitCode?: number }) => {
    throw new Failure(`The demo's work in the virtual machine failed (exit status ${exitCode})`);
  });
}

async function demo(): Promise<void> {
  headline('Building the command line tool');
  const tsc = join(packageRoot, 'node_modules/.bin/tsc');
  const { failed } = await execa(tsc, ['-b'], { cwd: packageRoot, stdio: 'inherit', reject: false });
  if (failed) throw new Failure('The build failed');

  headline("Debian 12's kernel, and the module for it");
  const kernel = await fetchDebianKernel('bookworm', indented);
  await buildModule(kernel, indented);
  indented(`${kernel.release} is ready`);

  headline('A machine to throw away, with an NVMe disk that is a TypeScript program');
  await plugAndUse(kernel.release);

  headline('What went over the bus');
  // Not a static import: on a fresh clone the package has only just been built.
  const { summarize } = await import('@pciem/capture');
  console.log(renderCaptureTable(await summarize(capture)));

  headline('Twenty packets of it, as Wireshark shows them');
  await showPackets(capture, 20);

  headline('Done');
  indented(`Every packet is in ${capture}`);
  indented('Look at them yourself: wireshark -X lua_script:dissector/pciem.lua demo.pcapng');
}

try {
  await demo();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(renderFailure(error));
  process.exitCode = error.oclif.exit;
}
