import { ok, strictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestPipe } from '../../../src/vm/index.ts';
import { pciem, root, share } from './cli.ts';

/** Done-criterion 2: fio with verification, then a file system, with everything captured. */
export async function ioComesBackAsItWentOut(): Promise<void> {
  const run = pciem(
    'run',
    join(root, 'test/vm/devices/counting-nvme.ts'),
    ...['--capture', guestPipe],
    ...['--', join(root, 'test/vm/guest/io.sh'), process.env.PCIEM_TEST_FIO_SECONDS ?? '10'],
  );
  const status = await run.ended;
  writeFileSync(join(share, 'io.log'), run.output());
  strictEqual(status, 0, run.output());
  ok(/doorbell writes: [1-9]/.test(run.output()), run.output());
}
