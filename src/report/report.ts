import { Output } from '../export/output.ts';
import { collect } from './collect.ts';
import { reportPage } from './page.ts';

/** Writes a capture's report as one HTML page; to standard output if `path` is undefined. */
export async function report(file: string, path: string | undefined): Promise<void> {
  const page = reportPage(await collect(file));
  const output = new Output(path);
  output.text(page);
  output.finish();
}
