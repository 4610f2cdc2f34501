import { Args, Flags } from '@oclif/core';
import { FileCommand } from './file-command.ts';

export class QueryCommand extends FileCommand {
  static override summary = 'Ask a capture, or many Parquet files, in SQL.';

  static override description =
    `The table tlp has one row a TLP; docs/export.md describes its columns. FILE is a capture, or Parquet files that
pciem export made: a path with * takes many. Needs DuckDB, which is installed with: npm install @duckdb/node-api`;

  static override examples = [
    {
      description: 'The registers that the driver reads most',
      command: `<%= config.bin %> query nvme.pcapng "SELECT register, count(*) FROM tlp WHERE type = 'MRd' AND sender = 'driver' GROUP BY 1 ORDER BY 2 DESC"`,
    },
    {
      description: 'The slowest completions of a week of captures',
      command: `<%= config.bin %> query 'captures/*/*.parquet' "SELECT register, max(latency_ns) FROM tlp GROUP BY 1"`,
    },
  ];

  static override args = {
    file: Args.string({ required: true, description: 'Capture (pcapng), or Parquet files' }),
    sql: Args.string({ required: true, description: 'A query in the SQL of DuckDB' }),
  };

  static override flags = {
    json: Flags.boolean({ description: 'Print one JSON object a row' }),
    limit: Flags.integer({ default: 100, min: 0, helpValue: 'N', description: 'Rows of the table; 0 for all' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(QueryCommand);
    const { query } = await import('../query/query.ts');
    await query(args.file, args.sql, { ...flags, write: (text) => process.stdout.write(text) });
  }
}
