import { doesNotMatch, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';

/** The kernel's pci_endpoint_test driver and pcitest: BARs, INTx, MSI, MSI-X, and DMA at all sizes. */
export async function endpointTestPasses(): Promise<void> {
  execFileSync('insmod', [join(share, 'pci_endpoint_test.ko')]);
  const script = join(root, 'test/vm/guest/endpoint-test.sh');
  // All 2048 vectors in the long form.
  const step = process.env.PCIEM_TEST_MSIX_STEP ?? (process.env.PCIEM_TEST_LONG ? '1' : '256');
  // Of megabytes of DMA: only in the long form, and the debug kernel takes its time as it is.
  const isCaptured = process.env.PCIEM_TEST_LONG && process.env.PCIEM_TEST_ROLE !== 'debug';
  const capture = isCaptured ? ['--capture', join(share, 'endpoint-test.pcapng')] : [];
  const run = pciem('run', 'endpoint-test', ...capture, '--', script, join(share, 'pcitest'), step);
  const status = await run.ended;
  execFileSync('rmmod', ['pci_endpoint_test']);
  strictEqual(status, 0, run.output());
  doesNotMatch(run.output(), /NOT OKAY/);
  const passed = run.output().match(/:\s*OKAY/g)?.length ?? 0;
  // 6 BARs, 3 interrupt types set, and once more for the transfers; INTx; 32 MSI; MSI-X; 15 transfers.
  const vectors = Math.ceil(2047 / Number(step)) + 1;
  strictEqual(passed, 6 + 4 + 1 + 32 + vectors + 15, run.output());
}
