import { match, ok, strictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pciem, root, share } from './cli.ts';

/** Many times what a FIFO holds. */
const BYTES = 200;

/** The 8250_pci driver: lines and random bytes between two ports and pseudo terminals, both ways and both ports at once. */
export async function serialPortsCarryData(): Promise<void> {
  const run = pciem('run', 'serial', '--set', 'line=pty', '--capture', join(share, 'serial.pcapng'));
  await run.sees('driver serial has bound', 240);
  await run.sees('Ctrl-C unplugs it', 60);
  const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
  const ports = portsOf(address);
  strictEqual(ports.length, 2, ports.join());
  const script = join(root, 'test/vm/guest/serial.sh');
  const outputs = await Promise.all(
    ports.map((port, n) => {
      const far = new RegExp(`port ${n} leads to (\\S+)`).exec(run.output())?.[1] ?? '';
      return promisify(execFile)(script, [port, far, String(BYTES)]);
    }),
  ).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}\n${run.output()}`);
  });
  outputs.forEach(({ stdout }, n) => {
    match(stdout, new RegExp(`${ports[n]} sent: from the port\n${ports[n]} received: from afar\n`));
    match(stdout, new RegExp(`${ports[n]}: ${BYTES} bytes each way at 115200 baud\n`));
  });
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  ok(!/timeout|late|unordered|lost(?<!0 lost)/.test(run.output()), run.output());
}

/** Names of the serial ports that belong to a PCI function. */
function portsOf(address: string): string[] {
  const all = readdirSync('/sys/class/tty').filter((name) => name.startsWith('ttyS'));
  return all.filter((name) => realpathSync(join('/sys/class/tty', name)).includes(address)).sort();
}
