/** What somebody may want to do: devices in a virtual machine, devices on this machine's bus, captures in Wireshark. */
export const PURPOSES = ['vm', 'here', 'wireshark'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** One thing that was looked at. */
export interface Finding {
  /** A word for programs, such as `qemu`. */
  name: string;
  /** What it matters for. */
  purpose: Purpose;
  /** `bad`: the purpose cannot be served. `note`: it can, but not as well as it could. */
  status: 'ok' | 'bad' | 'note';
  text: string;
  /** What to do, the simplest first. */
  fix?: readonly string[];
}

/** A finding without its purpose, which the list that it is in gives. */
export type Check = Omit<Finding, 'purpose'>;

export function ok(name: string, text: string): Check {
  return { name, status: 'ok', text };
}

export function bad(name: string, text: string, ...fix: string[]): Check {
  return { name, status: 'bad', text, fix };
}

export function note(name: string, text: string, ...fix: [string, ...string[]]): Check {
  return { name, status: 'note', text, fix };
}

export function forPurpose(purpose: Purpose, checks: readonly Check[]): Finding[] {
  return checks.map((check) => ({ ...check, purpose }));
}

/** Whether nothing that a purpose needs is missing. */
export function isReady(purpose: Purpose, findings: readonly Finding[]): boolean {
  return !findings.some((finding) => finding.purpose === purpose && finding.status === 'bad');
}
