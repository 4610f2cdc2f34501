import type { Analysis } from '@pciem/capture';
import { checkReadable, readCapture } from '../analyze/read-capture.ts';
import { ScanProgress } from '../analyze/scan-progress.ts';
import { Mmiotrace } from './mmiotrace.ts';
import { Output } from './output.ts';
import { CsvRows, NdjsonRows } from './text-rows.ts';
import { exportUpperPdu } from './upper-pdu.ts';

/** What a capture can be exported as. */
export type ExportFormat = 'csv' | 'ndjson' | 'parquet' | 'mmiotrace' | 'upper-pdu';

/** Exports a capture to a file, or to standard output if `path` is undefined. */
export async function exportCapture(file: string, format: ExportFormat, path: string | undefined): Promise<void> {
  await checkReadable(file);
  const output = new Output(path);
  try {
    await write(file, format, output);
  } catch (error) {
    output.discard();
    throw error;
  }
  output.finish();
}

async function write(file: string, format: ExportFormat, output: Output): Promise<void> {
  switch (format) {
    case 'csv':
      await readCapture(file, [new CsvRows(output)]);
      break;
    case 'ndjson':
      await readCapture(file, [new NdjsonRows(output)]);
      break;
    case 'mmiotrace':
      await readCapture(file, [new Mmiotrace(output)]);
      break;
    case 'parquet':
      await writeParquet(file, output);
      break;
    case 'upper-pdu':
      await writeUpperPdu(file, output);
      break;
  }
}

async function writeParquet(file: string, output: Output): Promise<void> {
  const { ParquetRows } = await import('./parquet.ts');
  const rows = new ParquetRows(output);
  await readCapture(file, [rows satisfies Analysis]);
  rows.finish();
}

async function writeUpperPdu(file: string, output: Output): Promise<void> {
  const progress = new ScanProgress(`reading ${file}`);
  await exportUpperPdu(file, output, (read, total) => progress.show(read, total));
  progress.clear();
}
