import { execa } from 'execa';
import { packageRoot } from '../src/paths.ts';

/** The guest and the command line run what is built. */
export async function buildTree(): Promise<void> {
  await execa('npm', ['run', '--silent', 'build'], { cwd: packageRoot, stdout: 2, stderr: 2 });
}
