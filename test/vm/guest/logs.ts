import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from '../../../src/analyze/topics.ts';
import { pciem, root, share } from './cli.ts';
import { hasModule } from './modules.ts';

interface Session {
  readonly device: string;
  /** Module to load before, and whether it is one of ours. */
  readonly module: string;
  readonly own?: boolean;
  readonly settings?: readonly string[];
  /** What the driver is asked to do, and what then shows that it could. */
  readonly script: string;
  readonly works: RegExp;
  /** Lines that the log has at least. */
  readonly least: number;
}

/** Waits until the card of `e1000` has a link. */
export const upAndRunning =
  'd=$(ls /sys/bus/pci/devices/$PCIEM_ADDRESS/net); ip link set $d up; n=0; ' +
  'until [ "$(cat /sys/class/net/$d/carrier)" = 1 ]; do n=$((n + 1)); [ $n -lt 300 ]; sleep 0.1; done; echo link is up';
const port =
  'for t in /sys/class/tty/ttyS*; do case $(readlink -f $t) in *$PCIEM_ADDRESS*) d=$(basename $t);; esac; done; ' +
  'stty -F /dev/$d raw; echo hello >/dev/$d; echo sent through $d';

/** What each official device is asked to do by its stock driver. */
const sessions: readonly Session[] = [
  {
    device: 'watchdog',
    module: 'i6300esb',
    script: 'exec 3>/dev/watchdog0; echo x >&3; printf V >&3; exec 3>&-; cat /sys/class/watchdog/watchdog0/identity',
    works: /i6300ESB timer\n/,
    least: 20,
  },
  {
    device: 'edu',
    module: 'edu',
    own: true,
    script: join(root, 'test/vm/guest/edu.sh'),
    works: /4000 bytes/,
    least: 40,
  },
  { device: 'e1000', module: 'e1000', script: upAndRunning, works: /link is up/, least: 1000 },
  {
    device: 'nvme',
    module: 'nvme',
    script:
      'until [ -b /dev/nvme0n1 ]; do sleep 0.1; done; head -c 65536 /dev/urandom >/tmp/there; ' +
      'dd if=/tmp/there of=/dev/nvme0n1 bs=4k oflag=direct; dd if=/dev/nvme0n1 of=/tmp/back bs=4k count=16 iflag=direct; ' +
      'cmp /tmp/there /tmp/back && echo came back',
    works: /came back/,
    least: 150,
  },
  {
    device: 'endpoint-test',
    module: 'pci_endpoint_test',
    own: true,
    script: `${join(share, 'pcitest')} -b 1; ${join(share, 'pcitest')} -i 1; ${join(share, 'pcitest')} -m 2; ${join(share, 'pcitest')} -r -s 1024`,
    works: /READ \( {3}1024 bytes\):\s+OKAY/,
    least: 1000,
  },
  {
    device: 'serial',
    module: '8250_pci',
    script: port,
    works: /sent through ttyS/,
    least: 40,
  },
  {
    device: 'display',
    module: 'bochs',
    settings: ['http=0'],
    script: 'cat /sys/class/graphics/fb0/name',
    works: /bochs/,
    least: 40,
  },
];

/**
 * Behind a log the drivers of all official devices work as without one; it has every access, and `pciem analyze` of the
 * capture says the same, line by line.
 */
export async function logsAreWhatCapturesSay(): Promise<void> {
  const failures: string[] = [];
  for (const session of sessions) {
    await logOf(session).catch((error: Error) => failures.push(`${session.device}: ${error.message}`));
  }
  deepStrictEqual(failures, []);
}

async function logOf({ device, module, own, settings = [], script, works, least }: Session): Promise<void> {
  if (own) execFileSync('insmod', [join(share, `${module}.ko`)]);
  else if (hasModule(module)) execFileSync('modprobe', [module]);
  const [log, capture] = ['ndjson', 'pcapng'].map((extension) => `/dev/shm/${device}.${extension}`) as [string, string];
  const run = pciem(
    ...['proxy', '--device', device, ...settings.flatMap((setting) => ['--set', setting])],
    ...['--json', '--callers', '--log', log, '--capture', capture, '--', 'sh', '-c', script],
  );
  const status = await run.ended;
  if (own) execFileSync('rmmod', [module]);
  strictEqual(status, 0, run.output());
  match(run.output(), works);
  match(run.output(), /"type":"captured",.*"lost":0\}/);
  await logEqualsCapture(log, capture, least);
  const accesses = linesOf(log).map((line) => JSON.parse(line) as { kind: string; space?: string; caller?: string });
  const driven = accesses.filter(({ kind, space }) => (kind === 'read' || kind === 'write') && space !== 'config');
  const named = driven.filter(({ caller }) => caller !== undefined);
  ok(named.length > 0.9 * driven.length, `${named.length} of ${driven.length} accesses have a caller`);
  for (const file of [log, capture]) rmSync(file);
}

/** The JSON lines of a log, at least so many, are those that `pciem analyze` makes of the capture. */
export async function logEqualsCapture(log: string, capture: string, least: number): Promise<void> {
  let text = '';
  const request = { json: true, limit: 0, commands: false };
  await TOPICS.log?.run(capture, request, (part) => {
    text += part;
  });
  const lines = linesOf(log);
  ok(lines.length >= least, `${lines.length} lines`);
  const analyzed = text.trimEnd().split('\n');
  const at = lines.findIndex((line, n) => line !== analyzed[n]);
  strictEqual(at, -1, `line ${at + 1}: ${lines[at]}, analyzed: ${analyzed[at]}`);
  strictEqual(analyzed.length, lines.length);
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}
