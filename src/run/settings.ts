import { UsageFailure } from '../errors.ts';

/** The options of a device from `--set key=value`; the device's own schema says later what they mean. */
export function parseSettings(assignments: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new UsageFailure(`--set ${assignment}: not of the form key=value`, ['For example: --set size=256M']);
    }
    const key = assignment.slice(0, equals);
    if (Object.hasOwn(settings, key)) throw new UsageFailure(`--set ${key}=… is given twice`);
    settings[key] = assignment.slice(equals + 1);
  }
  return settings;
}
