import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/paths.ts';
import type { Tally } from './stage.ts';

/** Of vitest's JSON reporter. */
interface Report {
  numPassedTests?: number;
  numFailedTests?: number;
  testResults: { assertionResults: { title: string }[] }[];
}

/** Runs one project of vitest.config.ts. */
export async function runVitest(project: string): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-test-'));
  const report = join(directory, 'report.json');
  try {
    const { failed } = await execa(
      'vitest',
      ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      { cwd: packageRoot, stdio: 'inherit', reject: false, preferLocal: true, localDir: packageRoot },
    );
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(report, 'utf8')) as Report;
    // Tests that miss something say so in their titles.
    const titles = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title }) => title));
    for (const title of titles) if (title.includes('(skipped:')) console.log(`    SKIPPED: ${title}`);
    // A file that does not even load has no test that could fail.
    const failures = numFailedTests ?? 0;
    return { passed: numPassedTests ?? 0, failed: failed ? Math.max(failures, 1) : failures };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
