import { capturesRunningDevices } from './capture.ts';
import { networkCardCarriesTraffic } from './e1000.ts';
import { eduTeaches } from './edu.ts';
import { endpointTestPasses } from './endpoint-test.ts';
import { survivesFaultyHandlers } from './faults.ts';
import { ioComesBackAsItWentOut } from './io.ts';
import { survivesBeingKilled } from './kill.ts';
import { findsNoLeak } from './kmemleak.ts';
import { learnedModelIsPinged, personAnswersARead, proxyFindsOutWhatDriversWaitFor } from './proxy.ts';
import { watchdogRunsOut } from './watchdog.ts';

/** The checks of one boot, in order. */
export const checks = {
  'handlers that throw, never answer or answer too late: the driver reads all-ones, the CLI tells':
    survivesFaultyHandlers,
  'fio verifies, and a file system comes back as it was written': ioComesBackAsItWentOut,
  'i6300esb: the watchdog is started, stopped, and runs out': watchdogRunsOut,
  "pci_endpoint_test: the kernel's own test of an endpoint passes": endpointTestPasses,
  'edu: a driver computes factorials and moves data': eduTeaches,
  'e1000: ethtool -t passes, ping, TCP and iperf3 through the network card': networkCardCarriesTraffic,
  'running devices are captured, also live by tshark': capturesRunningDevices,
  'proxy --auto takes ahci through its probe, and the log equals the capture': proxyFindsOutWhatDriversWaitFor,
  'a model learned from a capture takes i6300esb through probe and ping': learnedModelIsPinged,
  'proxy --mode step: a person at a terminal answers a read': personAnswersARead,
  'kill -9 in the middle of I/O: the device works again every time': survivesBeingKilled,
  'kmemleak finds nothing': findsNoLeak,
} as const;

export type CheckName = keyof typeof checks;
