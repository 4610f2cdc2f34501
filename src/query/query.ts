import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { Failure, messageOf } from '../errors.ts';
import { exportCapture } from '../export/export.ts';
import { numbers, plainTable } from '../render/plain-table.ts';
import { loadDuckDb } from './duckdb.ts';

export interface QueryOptions {
  /** One JSON object a row; else a table. */
  json: boolean;
  /** Rows of the table; 0 for all. */
  limit: number;
  write: (text: string) => void;
}

/** Runs SQL over the TLPs of a capture, or over Parquet files. */
export async function query(file: string, sql: string, options: QueryOptions): Promise<void> {
  const { DuckDBInstance } = await loadDuckDb();
  const folder = await mkdtemp(join(tmpdir(), 'pciem-query-'));
  try {
    const parquet = file.endsWith('.parquet') ? file : await convert(file, folder);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      await run(connection, parquet, sql, options);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function convert(file: string, folder: string): Promise<string> {
  const path = join(folder, 'tlp.parquet');
  await exportCapture(file, 'parquet', path);
  return path;
}

async function run(connection: DuckDBConnection, parquet: string, sql: string, options: QueryOptions): Promise<void> {
  // A view has no parameters; a quote in a path is doubled.
  const path = parquet.replaceAll("'", "''");
  await ask(() => connection.run(`CREATE VIEW tlp AS SELECT * FROM read_parquet('${path}', hive_partitioning = true)`));
  const result = await ask(() => connection.stream(sql));
  if (options.json) await printJson(result, options);
  else await printTable(result, options);
}

/** What DuckDB refuses is the user's to mend. */
async function ask<Result>(question: () => Promise<Result>): Promise<Result> {
  try {
    return await question();
  } catch (error) {
    throw new Failure(messageOf(error), ['the columns of the table tlp are in docs/export.md']);
  }
}

async function printJson(result: DuckDBResult, { write }: QueryOptions): Promise<void> {
  const names = result.columnNames();
  for await (const rows of chunks(result)) {
    for (const row of rows) {
      const cells = names.map((name, index) => `${JSON.stringify(name)}:${jsonOf(row[index])}`);
      write(`{${cells.join(',')}}\n`);
    }
  }
}

async function printTable(result: DuckDBResult, { limit, write }: QueryOptions): Promise<void> {
  const rows: unknown[][] = [];
  let count = 0;
  for await (const chunk of chunks(result)) {
    count += chunk.length;
    rows.push(...(limit === 0 ? chunk : chunk.slice(0, Math.max(0, limit - rows.length))));
  }
  const isNumber = (index: number) => rows.some((row) => ['number', 'bigint'].includes(typeof row[index]));
  const columns = result.columnNames().map((name, index) => (isNumber(index) ? numbers(name) : name));
  write(
    `${plainTable(
      columns,
      rows.map((row) => row.map(textOf)),
    )}\n`,
  );
  if (count > rows.length)
    write(`... and ${(count - rows.length).toLocaleString('en-US')} more: --limit 0 shows all\n`);
}

async function* chunks(result: DuckDBResult): AsyncGenerator<unknown[][]> {
  for (;;) {
    const chunk = await ask(() => result.fetchChunk());
    if (!chunk || chunk.rowCount === 0) return;
    yield chunk.getRows();
  }
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

/** Numbers stay numbers; dates, lists and the like become text. */
function jsonOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  return JSON.stringify(String(value));
}
