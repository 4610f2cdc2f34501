import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import type { DeviceDefinition, Identity } from '@pciem/sdk';
import { findDevice } from '../devices/find.ts';
import { loadForInspection } from '../devices/load.ts';
import { UsageFailure } from '../errors.ts';
import { loadLearned } from '../model/load-learned.ts';
import { readRecording } from '../model/recording.ts';
import { junitReport } from '../replay/junit.ts';
import { type ReplayedOnKernel, replayOnKernel } from '../replay/kernel/on-kernel.ts';
import { renderReplay } from '../replay/render.ts';
import { replay } from '../replay/replay.ts';
import { checkCaptureFile } from '../run/capture-file.ts';
import { parseSettings } from '../run/settings.ts';
import { FailingCommand } from './failing-command.ts';

export class ReplayCommand extends FailingCommand {
  static override summary = "Play the driver's side of a capture against a device, and report what it does otherwise.";

  static override description =
    `Needs neither root nor a kernel: the device runs in process, on a simulated host whose memory holds what the device
read in the capture. The driver's pauses are kept, as devices have timers. The exit status is 1 if anything differs, so
that a capture is a test of a device.

With --host kernel the device is plugged into this machine, and each access crosses its bus; memory and interrupts are
still those of the capture.`;

  static override examples = [
    {
      description: 'Does the device still do what it did?',
      command: '<%= config.bin %> replay good.pcapng --device ./my-device.ts',
    },
    {
      description: 'As a test, without the values of a register that is never the same',
      command: '<%= config.bin %> replay good.pcapng --device nvme --ignore TIME --junit report.xml',
    },
    {
      description: 'How good is a learned model?',
      command: '<%= config.bin %> replay a.pcapng --model dev.model.yaml',
    },
  ];

  static override args = {
    capture: Args.string({ required: true, description: 'Capture of one function, from its plugging on' }),
  };

  static override flags = {
    device: Flags.string({ helpValue: 'NAME', exclusive: ['model'], description: 'Device, as for pciem run' }),
    model: Flags.string({ helpValue: 'FILE', description: 'Model, as pciem model learn writes it' }),
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      description: 'Option of the device',
    }),
    ignore: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'REGISTER',
      description: 'Do not compare the values of this register',
    }),
    host: Flags.option({ options: ['sim', 'kernel'] as const, default: 'sim' })({
      description:
        'Where the device is plugged: into a simulated host, or into this machine (pciem.ko has to be loaded)',
    }),
    speed: Flags.integer({ default: 1, min: 1, helpValue: 'N', description: "Shorten the driver's pauses to 1/N" }),
    limit: Flags.integer({ default: 30, min: 0, helpValue: 'N', description: 'Differences shown; 0 for all' }),
    junit: Flags.string({ helpValue: 'FILE', description: 'Write a report of test results (JUnit XML)' }),
    json: Flags.boolean({ description: 'Print JSON' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ReplayCommand);
    const { junit, json, speed, limit } = flags;
    if (junit !== undefined) await checkCaptureFile(junit, '--junit');
    const settings = parseSettings(flags.set ?? []);
    const device = await deviceOf(flags, settings);
    const ignore = new Set((flags.ignore ?? []).map((register) => register.toLowerCase()));
    const progress = (done: number, of: number) => showProgress(`replaying: ${done} of ${of} events`);
    const result =
      flags.host === 'kernel'
        ? await replayOnKernel(args.capture, { ...device, settings }, { speed, ignore })
        : await replay(await readRecording(args.capture), device.definition, settings, { speed, ignore, progress });
    showProgress('');
    if (junit !== undefined) await writeFile(junit, junitReport(`${device.name} replays ${args.capture}`, result));
    process.stdout.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : renderReplay(result, limit));
    this.exit(result.differences.length + result.errors.length > 0 ? 1 : 0);
  }
}

interface Chosen extends Omit<ReplayedOnKernel, 'settings'> {
  readonly definition: DeviceDefinition;
}

async function deviceOf(
  flags: { device?: string | undefined; model?: string | undefined },
  settings: Record<string, string>,
): Promise<Chosen> {
  if (flags.model !== undefined) {
    const { name, definition } = await loadLearned(flags.model);
    const { identity } = definition.build({} as never);
    return { name, definition, identity, device: resolve(flags.model), model: true };
  }
  if (flags.device === undefined) throw new UsageFailure('Give --device NAME or --model FILE');
  const device = await findDevice(flags.device);
  const { definition, instance, missing } = await loadForInspection(device, settings);
  if (!instance) throw new UsageFailure(`${device.name} cannot be built without options`, [...missing]);
  const identity = instance.functions[0]?.layout.identity as Identity;
  return { name: device.name, definition, identity, device: device.entry, model: false };
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
