import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import { runProgram } from '../wireshark/program.ts';

/** What the machine's lspci says of a dump; undefined if there is no lspci. */
export async function renderWithLspci(dump: string, options: readonly string[]): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-lspci-'));
  try {
    const file = join(directory, 'dump');
    await writeFile(file, dump);
    for (const program of ['lspci', '/usr/bin/lspci', '/usr/sbin/lspci', '/sbin/lspci']) {
      const end = await runProgram(program, ['-F', file, ...options]);
      if (end === undefined) continue;
      if (end.status !== 0) throw new Failure(`lspci failed: ${end.stderr.trim()}`);
      return end.stdout;
    }
    return undefined;
  } finally {
    await rm(directory, { recursive: true });
  }
}
