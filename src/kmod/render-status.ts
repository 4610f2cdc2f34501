import { missingHeaders } from './headers.ts';
import type { Machine } from './machine.ts';
import { describePolicy, signingSteps } from './secure-boot.ts';
import type { KmodStatus } from './status.ts';

/** For people: a line for each fact, and what to do about those that are in the way. */
export function renderStatus(machine: Machine, status: KmodStatus): string {
  const { release, installed, dkms, headers, signatures } = status;
  const facts: [name: string, text: string][] = [
    ['kernel', release],
    ['module', moduleLine(status)],
    ['devices', status.domains.map((domain) => `${domain}:00:00.0`).join(', ') || 'none'],
    ['installed', installed ?? 'no: sudo pciem kmod install'],
    ...(dkms === undefined ? [] : ([['dkms', dkms.replaceAll('\n', ', ')]] as [string, string][])),
    ['headers', headers ?? (missingHeaders(machine).nextSteps[0] as string)],
    ['signatures', describePolicy(signatures)],
    ...signingSteps(machine, signatures).map((step): [string, string] => ['', step]),
  ];
  return facts.map(([name, text]) => `${name.padEnd(10)}  ${text}`).join('\n');
}

function moduleLine({ loaded, users, srcversion, deviceNode }: KmodStatus): string {
  if (!loaded) return 'not loaded: sudo pciem kmod load';
  const version = srcversion === undefined ? '' : ` ${srcversion}`;
  return `loaded${version}, ${users} in use${deviceNode ? '' : ', but there is no /dev/pciem'}`;
}
