import { Args, Flags } from '@oclif/core';
import { UsageFailure } from '../errors.ts';
import type { ExportFormat } from '../export/export.ts';
import { FileCommand } from './file-command.ts';

const FORMATS: readonly ExportFormat[] = ['csv', 'ndjson', 'parquet', 'mmiotrace', 'upper-pdu'];
const BINARY: readonly ExportFormat[] = ['parquet', 'upper-pdu'];

export class ExportCommand extends FileCommand {
  static override summary = 'Export a capture for other tools: one row a TLP, or a trace.';

  static override description =
    `csv, ndjson and parquet have one row a TLP with the columns that docs/export.md describes; parquet is read by DuckDB,
Spark, ClickHouse and pandas. mmiotrace is the text of Linux's tracer of that name. upper-pdu is a pcapng that Wireshark
gives to the dissector without any DLT setting.`;

  static override examples = [
    { description: 'For a spreadsheet', command: '<%= config.bin %> export nvme.pcapng --to csv -o nvme.csv' },
    { description: 'For data tools', command: '<%= config.bin %> export nvme.pcapng --to parquet -o nvme.parquet' },
    {
      description: 'For jq',
      command: `<%= config.bin %> export nvme.pcapng --to ndjson | jq 'select(.register == "CSTS")'`,
    },
  ];

  static override args = { file: Args.string({ required: true, description: 'Capture (pcapng)' }) };

  static override flags = {
    to: Flags.string({ required: true, options: [...FORMATS], description: 'Format' }),
    output: Flags.string({ char: 'o', helpValue: 'FILE', description: 'Write to FILE; else to standard output' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ExportCommand);
    const format = flags.to as ExportFormat;
    if (BINARY.includes(format) && flags.output === undefined && process.stdout.isTTY) {
      throw new UsageFailure(`${format} is not for a terminal`, ['-o FILE writes it to a file']);
    }
    const { exportCapture } = await import('../export/export.ts');
    await exportCapture(args.file, format, flags.output);
  }
}
