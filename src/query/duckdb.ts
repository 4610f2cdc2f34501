import type * as DuckDb from '@duckdb/node-api';
import { Failure, messageOf } from '../errors.ts';

/** DuckDB, if it is installed: an optional peer, because it is large. */
export async function loadDuckDb(
  load: () => Promise<typeof DuckDb> = () => import('@duckdb/node-api'),
): Promise<typeof DuckDb> {
  try {
    return await load();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    throw new Failure(missing ? 'pciem query needs DuckDB, which is not installed' : `DuckDB: ${messageOf(error)}`, [
      'npm install @duckdb/node-api   beside pciem: with -g if pciem was installed with -g',
      'or: pciem export FILE --to parquet -o FILE.parquet, and query that with any tool',
    ]);
  }
}
