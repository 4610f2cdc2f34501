import { match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { hasModule } from './modules.ts';
import { type Original, originals } from './originals.ts';

/** How far the driver gets with the twin and the rules for it, and what is said of that. */
const courses: Readonly<Record<Original['name'], { module: string; map?: string; says: RegExp[] }>> = {
  e1000: { module: 'e1000', says: [/bound: e1000\n/, /the driver is stuck: \d+ reads of BAR 0 \+0x/] },
  edu: { module: join(share, 'edu.ko'), says: [/bound: edu\n/] },
  nvme: {
    module: 'nvme',
    map: 'nvme',
    says: [
      /mark: the driver sends its first command/,
      /no driver has bound/,
      /the last access of the driver: (read|write) of /,
      /the kernel says: nvme nvme\d: /,
    ],
  },
  'intel-hda': { module: 'snd-hda-intel', says: [/bound: snd_hda_intel\n/] },
};

/** Twins of QEMU's devices in other slots: lspci shows the same, and rules take the drivers as far as they can. */
export async function twinsLookTheSame(): Promise<void> {
  const all = originals();
  strictEqual(all.length, Object.keys(courses).length, 'QEMU has no devices to clone');
  for (const original of all) await twinLooksTheSame(original);
}

async function twinLooksTheSame({ name, address }: Original): Promise<void> {
  const { module, map, says } = courses[name];
  if (!module.includes('/') && !hasModule(module)) return;
  if (module.includes('/')) execFileSync('insmod', [module]);
  else execFileSync('modprobe', [module]);
  execFileSync('setpci', ['-s', address, 'COMMAND=0']);
  // It gives up sooner.
  if (name === 'nvme') writeFileSync('/sys/module/nvme_core/parameters/admin_timeout', '2');
  const twinFile = join(share, `twin-${name}.txt`);
  // In memory: the share is slow.
  const log = `/dev/shm/clone-${name}.log`;
  const run = pciem(
    ...['proxy', '--clone', address, '--rules', join(root, `test/vm/guest/rules/${name}.yaml`)],
    ...(map === undefined ? [] : ['--map', map]),
    ...['--callers', '--log', log],
    ...['--', join(root, 'test/vm/guest/twin.sh'), twinFile],
  );
  strictEqual(await run.ended, 0, run.output());
  if (name === 'nvme') writeFileSync('/sys/module/nvme_core/parameters/admin_timeout', '60');
  if (module.includes('/')) execFileSync('rmmod', [name]);
  for (const text of says) match(`${run.output()}\n${readFileSync(log, 'utf8')}`, text);
  const before = withoutAddresses(execFileSync('lspci', ['-vvxxxx', '-s', address], { encoding: 'utf8' }));
  strictEqual(withoutAddresses(readFileSync(twinFile, 'utf8')), before);
  ok(before.length > 500);
}

/** BARs, MSI address and data, line of the interrupt: offset and bytes. */
const ADDRESSES: readonly [number, number][] = [
  [0x10, 24],
  [0x3c, 1],
];

/** What lspci -vvxxxx shows of a function, but for where it is: slot, addresses, interrupt, message. */
function withoutAddresses(text: string): string {
  const msi = /Capabilities: \[([0-9a-f]+)\] MSI: /.exec(text)?.[1];
  const places = msi === undefined ? ADDRESSES : [...ADDRESSES, [Number.parseInt(msi, 16) + 4, 16] as const];
  return text
    .replace(/^\S+ /, '')
    .replaceAll(/^\t(Physical Slot|NUMA node|IOMMU group): .*\n/gm, '')
    .replaceAll(/(routed to IRQ|Memory at|I\/O ports at|Address:) \S+/g, '$1 -')
    .replaceAll(/ Data: \S+/g, ' Data: -')
    .replaceAll(/^([0-9a-f]{2,3}): ((?:[0-9a-f]{2} ?){16})$/gm, (_, start: string, bytes: string) => {
      const at = Number.parseInt(start, 16);
      const shown = bytes.split(' ').map((byte, n) => {
        return places.some(([from, length]) => at + n >= from && at + n < from + length) ? '--' : byte;
      });
      return `${start}: ${shown.join(' ')}`;
    });
}
