import { Args, Flags } from '@oclif/core';
import { FileCommand } from './file-command.ts';

export class ReportCommand extends FileCommand {
  static override summary = 'Make one HTML page of a capture: timeline, latencies, register heat map, tables.';

  static override description =
    'The page is a single file that needs no network. Its size does not grow with the capture.';

  static override examples = [
    { description: 'A page to send to a colleague', command: '<%= config.bin %> report nvme.pcapng -o report.html' },
  ];

  static override args = { file: Args.string({ required: true, description: 'Capture (pcapng)' }) };

  static override flags = {
    output: Flags.string({ char: 'o', helpValue: 'FILE', description: 'Write to FILE; else to standard output' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ReportCommand);
    const { report } = await import('../report/report.ts');
    await report(args.file, flags.output);
  }
}
