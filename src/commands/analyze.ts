import { Args, Flags } from '@oclif/core';
import type { Topic, TopicRequest } from '../analyze/topic.ts';
import { UsageFailure } from '../errors.ts';
import { FileCommand } from './file-command.ts';

const TOPIC_NAMES = ['summary', 'errors', 'transactions', 'registers', 'log', 'dma', 'irq', 'nvme', 'timeline'];

export class AnalyzeCommand extends FileCommand {
  static override summary = 'Analyse a capture: errors, transactions, registers, DMA, interrupts, NVMe commands.';

  static override description =
    `TOPIC is one of summary (the default), errors, transactions, registers, log, dma, irq, nvme and timeline. Numbers of
packets are those that Wireshark shows. A file of any size is read once, in constant memory.

With --compare, TOPIC is a second capture, and what the driver did in both is compared.`;

  static override usage = ['analyze FILE [TOPIC]', 'analyze --compare A B'];

  static override examples = [
    { description: 'What is wrong, and what there is', command: '<%= config.bin %> analyze nvme.pcapng' },
    {
      description: 'Latencies of NVMe commands, for a program',
      command: '<%= config.bin %> analyze nvme.pcapng nvme --json',
    },
    {
      description: 'All registers and configuration space as they were at packet 400',
      command: '<%= config.bin %> analyze nvme.pcapng registers --at 400 --limit 0',
    },
    {
      description: 'Every access to a register',
      command: '<%= config.bin %> analyze nvme.pcapng registers --follow CSTS',
    },
    {
      description: 'The capture as a driver that can be run against a device without a kernel',
      command: '<%= config.bin %> analyze bug.pcapng --as-script driver >driver.ts',
    },
    {
      description: 'Where two runs of a driver part',
      command: '<%= config.bin %> analyze --compare good.pcapng bad.pcapng',
    },
  ];

  static override args = {
    file: Args.string({ required: true, description: 'Capture (pcapng)' }),
    topic: Args.string({ description: `${TOPIC_NAMES.join(', ')}; with --compare a second capture` }),
  };

  static override flags = {
    json: Flags.boolean({ description: 'Print JSON; with --follow and --commands one object a line' }),
    limit: Flags.integer({ default: 30, min: 0, helpValue: 'N', description: 'Rows of a table; 0 for all' }),
    at: Flags.integer({ min: 1, helpValue: 'N', description: 'registers: as they were at packet N' }),
    follow: Flags.string({
      helpValue: 'NAME',
      exclusive: ['at'],
      description: "registers: every access to this one, or to all with '*'",
    }),
    commands: Flags.boolean({ description: 'nvme: every command' }),
    'as-script': Flags.option({ options: ['driver', 'rules'] as const })({
      exclusive: ['at', 'follow', 'commands', 'compare'],
      description: 'Print the capture as a TypeScript driver, or as rules of a device',
    }),
    compare: Flags.boolean({
      exclusive: ['at', 'follow', 'commands'],
      description: 'Compare what the driver did in two captures',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(AnalyzeCommand);
    const { json, limit, at, follow, commands } = flags;
    const request = {
      json,
      limit,
      commands,
      ...(at === undefined ? {} : { at }),
      ...(follow === undefined ? {} : { follow }),
    };
    if (flags['as-script']) await this.#script(args.file, flags['as-script']);
    else if (flags.compare) await this.#compare(args.file, args.topic, request);
    else await this.#topic(args.file, args.topic ?? 'summary', request);
  }

  async #topic(file: string, name: string, request: TopicRequest): Promise<void> {
    if (!TOPIC_NAMES.includes(name)) {
      throw new UsageFailure(`${name} is no topic`, [`topics: ${TOPIC_NAMES.join(', ')}`]);
    }
    if ((request.at !== undefined || request.follow !== undefined) && name !== 'registers') {
      throw new UsageFailure('--at and --follow belong to the topic registers', [
        `pciem analyze ${file} registers ...`,
      ]);
    }
    if (request.commands && name !== 'nvme') {
      throw new UsageFailure('--commands belongs to the topic nvme', [`pciem analyze ${file} nvme --commands`]);
    }
    const { TOPICS } = await import('../analyze/topics.ts');
    await (TOPICS[name] as Topic).run(file, request, (text) => process.stdout.write(text));
  }

  async #script(file: string, kind: 'driver' | 'rules'): Promise<void> {
    const { readRecording } = await import('../model/recording.ts');
    const { driverScript, rulesScript } = await import('../replay/as-script.ts');
    const recording = await readRecording(file);
    process.stdout.write(kind === 'driver' ? driverScript(recording) : rulesScript(recording));
  }

  async #compare(a: string, b: string | undefined, request: TopicRequest): Promise<void> {
    if (b === undefined) throw new UsageFailure('--compare needs two captures', ['pciem analyze --compare A B']);
    const { compare } = await import('../analyze/compare.ts');
    await compare(a, b, request, (text) => process.stdout.write(text));
  }
}
