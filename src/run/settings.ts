import { UsageFailure } from '../errors.ts';

export type Settings = Readonly<Record<string, string>>;

/** The options of the one device from `--set key=value`; its own schema says later what they mean. */
export function parseSettings(assignments: readonly string[]): Settings {
  return settingsByLabel(assignments, ['']).get('') as Settings;
}

/**
 * The options of devices from `--set key=value`, by label; the devices' own schemas say later what they mean. With
 * several devices the key has the label in front: `--set nvme.size=256M`.
 */
export function settingsByLabel(assignments: readonly string[], labels: readonly string[]): Map<string, Settings> {
  const settings = new Map<string, Record<string, string>>(labels.map((label) => [label, {}]));
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new UsageFailure(`--set ${assignment}: not of the form key=value`, ['For example: --set size=256M']);
    }
    const [label, key] = splitKey(assignment.slice(0, equals), labels);
    const own = settings.get(label) as Record<string, string>;
    if (Object.hasOwn(own, key)) throw new UsageFailure(`--set ${assignment.slice(0, equals)}=… is given twice`);
    own[key] = assignment.slice(equals + 1);
  }
  return settings;
}

function splitKey(key: string, labels: readonly string[]): readonly [label: string, key: string] {
  const prefix = labels.find((label) => label !== '' && key.startsWith(`${label}.`) && key.length > label.length + 1);
  if (prefix !== undefined) return [prefix, key.slice(prefix.length + 1)];
  const [only] = labels;
  if (labels.length === 1 && only !== undefined) return [only, key];
  throw new UsageFailure(`--set ${key}=…: which of the devices is meant?`, [
    `Put its name in front: ${labels.map((label) => `${label}.${key}`).join(' or ')}`,
  ]);
}
