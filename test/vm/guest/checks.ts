import { capturesRunningDevices } from './capture.ts';
import { twinsLookTheSame } from './clones.ts';
import { countsTheCommandsOfFio } from './commands.ts';
import { keepsTheContract } from './contract.ts';
import { displayShowsPicture } from './display.ts';
import { networkCardCarriesTraffic } from './e1000.ts';
import { eduTeaches } from './edu.ts';
import { endpointTestPasses } from './endpoint-test.ts';
import { survivesFaultyHandlers } from './faults.ts';
import { featuresWork, worksForUio, worksForVfio } from './features.ts';
import { losesNoWriteUncounted } from './flood.ts';
import { carriesOutEveryForm } from './forms.ts';
import { guidesWork } from './guides.ts';
import { ioComesBackAsItWentOut } from './io.ts';
import { survivesBeingKilled } from './kill.ts';
import { findsNoLeak } from './kmemleak.ts';
import { livePagesWork } from './live-pages.ts';
import { logsAreWhatCapturesSay } from './logs.ts';
import { learnedModelsWork } from './models.ts';
import { showsTracesAndCounters } from './observe.ts';
import { installsByDkms } from './packaging.ts';
import { learnedModelIsPinged, proxyFindsOutWhatAWatchdogIs, proxyFindsOutWhatDriversWaitFor } from './proxy.ts';
import { replaysFindAChangedRegister } from './replay.ts';
import { serialPortsCarryData } from './serial.ts';
import { doorbellsWorkInMemory } from './shadow-doorbells.ts';
import { personAnswersARead } from './step.ts';
import {
  losesNoInterrupt,
  refusesTheUnprivileged,
  survivesKillsInAccesses,
  survivesTheFuzzer,
  usesNoMoreMemory,
} from './torture.ts';
import { unloadsWhenNothingIsLeft } from './unload.ts';
import { watchdogRunsOut } from './watchdog.ts';

/** The checks of one boot, in order. */
export const checks = {
  'handlers that throw, never answer or answer too late: the driver reads all-ones, the CLI tells':
    survivesFaultyHandlers,
  'every form of mapping and of access: as the CPU does it, and as the device sees it': carriesOutEveryForm,
  'the kernel host keeps the contract of hosts': keepsTheContract,
  'memory BARs, byte flags, faults, atomics, zero copy, peers, ROM, ports, resets, many devices': featuresWork,
  'uio_pci_generic: a driver in user space reads, writes, is interrupted, and is in the capture': worksForUio,
  'vfio-pci without an IOMMU: a driver in user space does the same': worksForVfio,
  'fio verifies, and a file system comes back as it was written': ioComesBackAsItWentOut,
  'doorbells in memory: fio verifies, the driver comes back, and the device is killed': doorbellsWorkInMemory,
  'i6300esb: the watchdog is started, stopped, and runs out': watchdogRunsOut,
  "pci_endpoint_test: the kernel's own test of an endpoint passes": endpointTestPasses,
  'edu: a driver computes factorials and moves data': eduTeaches,
  'e1000: ethtool -t passes, ping, TCP and iperf3 through the network card': networkCardCarriesTraffic,
  'display: what is drawn is in the screenshot and in the browser': displayShowsPicture,
  'serial: two ports carry data both ways': serialPortsCarryData,
  'analyze nvme counts the commands of fio, and none takes longer than its longest': countsTheCommandsOfFio,
  'running devices are captured, also live by tshark': capturesRunningDevices,
  'proxy --auto takes ahci through its probe, and the log equals the capture': proxyFindsOutWhatDriversWaitFor,
  'a person answers a read long after, and the driver goes on': personAnswersARead,
  'a model learned from a capture takes i6300esb through probe and ping': learnedModelIsPinged,
  'proxy --auto alone gets i6300esb bound': proxyFindsOutWhatAWatchdogIs,
  'models learned from captures take edu and e1000 through probe, DMA and link-up': learnedModelsWork,
  "logs of all official devices' drivers are what their captures say": logsAreWhatCapturesSay,
  "twins of QEMU's e1000, nvme, edu and intel-hda look the same to lspci": twinsLookTheSame,
  'replays find a changed register, and nothing else, on both hosts': replaysFindAChangedRegister,
  'the code of the guides works': guidesWork,
  'what the pages on captures have one type works, with devices running': livePagesWork,
  'kill -9 in the middle of I/O: the device works again every time': survivesBeingKilled,
  'kill -9 while kernel threads, probe or an interrupt handler wait for the device': survivesKillsInAccesses,
  'a storm of interrupts: none is lost, each runs where it was asked for': losesNoInterrupt,
  'plugged and unplugged again and again: no more memory is used': usesNoMoreMemory,
  'threads on all CPUs flood a slow device: no write is lost uncounted': losesNoWriteUncounted,
  'tracepoints and counters show what an endpoint does': showsTracesAndCounters,
  'the device node: an unprivileged user gets EACCES': refusesTheUnprivileged,
  'the device node: a fuzzer finds nothing': survivesTheFuzzer,
  'rmmod: refused while a device is there, and clean afterwards': unloadsWhenNothingIsLeft,
  'pciem kmod: build, load, status, unload, and install by dkms': installsByDkms,
  'kmemleak finds nothing': findsNoLeak,
} as const;

export type CheckName = keyof typeof checks;

/** A kernel that looks for errors, or one of Debian's. */
export type KernelRole = 'debug' | 'oldest' | 'newest';

const stock: readonly KernelRole[] = ['oldest', 'newest'];

/** Checks with a stock driver that the debug kernel lacks, and those that say nothing about the kernel. */
const roles: Partial<Record<CheckName, readonly KernelRole[]>> = {
  'pciem kmod: build, load, status, unload, and install by dkms': ['oldest'],
  // Debian builds its kernels without CONFIG_VFIO_NOIOMMU.
  'vfio-pci without an IOMMU: a driver in user space does the same': ['debug'],
  'i6300esb: the watchdog is started, stopped, and runs out': stock,
  'edu: a driver computes factorials and moves data': stock,
  'e1000: ethtool -t passes, ping, TCP and iperf3 through the network card': stock,
  'display: what is drawn is in the screenshot and in the browser': stock,
  'serial: two ports carry data both ways': stock,
  'analyze nvme counts the commands of fio, and none takes longer than its longest': stock,
  'running devices are captured, also live by tshark': stock,
  'proxy --auto takes ahci through its probe, and the log equals the capture': stock,
  'a person answers a read long after, and the driver goes on': stock,
  'proxy --auto alone gets i6300esb bound': stock,
  'models learned from captures take edu and e1000 through probe, DMA and link-up': stock,
  "logs of all official devices' drivers are what their captures say": stock,
  "twins of QEMU's e1000, nvme, edu and intel-hda look the same to lspci": ['newest'],
  'replays find a changed register, and nothing else, on both hosts': stock,
  'the code of the guides works': ['newest'],
  'what the pages on captures have one type works, with devices running': stock,
  'a model learned from a capture takes i6300esb through probe and ping': stock,
};

/** Where the short form runs those that take long; the long form (PCIEM_TEST_LONG) runs them wherever they can. */
const shortRoles: Partial<Record<CheckName, readonly KernelRole[]>> = {
  // A compiler in an emulated processor: a quarter of an hour.
  'pciem kmod: build, load, status, unload, and install by dkms': [],
  'handlers that throw, never answer or answer too late: the driver reads all-ones, the CLI tells': ['newest', 'debug'],
  'the kernel host keeps the contract of hosts': stock,
  'threads on all CPUs flood a slow device: no write is lost uncounted': stock,
  'uio_pci_generic: a driver in user space reads, writes, is interrupted, and is in the capture': ['oldest'],
  "pci_endpoint_test: the kernel's own test of an endpoint passes": stock,
  'the device node: a fuzzer finds nothing': ['newest', 'debug'],
  'rmmod: refused while a device is there, and clean afterwards': stock,
  'e1000: ethtool -t passes, ping, TCP and iperf3 through the network card': ['newest'],
  'display: what is drawn is in the screenshot and in the browser': ['oldest'],
  'serial: two ports carry data both ways': ['oldest'],
  'doorbells in memory: fio verifies, the driver comes back, and the device is killed': ['debug'],
  'analyze nvme counts the commands of fio, and none takes longer than its longest': ['newest'],
  'running devices are captured, also live by tshark': ['oldest'],
  'what the pages on captures have one type works, with devices running': ['newest'],
  'proxy --auto takes ahci through its probe, and the log equals the capture': ['newest'],
  'a person answers a read long after, and the driver goes on': ['newest'],
  // Only in the long form.
  'proxy --auto alone gets i6300esb bound': [],
  'models learned from captures take edu and e1000 through probe, DMA and link-up': [],
  "logs of all official devices' drivers are what their captures say": [],
  "twins of QEMU's e1000, nvme, edu and intel-hda look the same to lspci": [],
  'replays find a changed register, and nothing else, on both hosts': [],
  'the code of the guides works': [],
  'a model learned from a capture takes i6300esb through probe and ping': ['newest'],
};

/** PCIEM_TEST_CHECKS, a regular expression, chooses checks by their names; without it, all that are for the kernel. */
export function isWanted(name: CheckName, role: KernelRole): boolean {
  if (process.env.PCIEM_TEST_CHECKS) return new RegExp(process.env.PCIEM_TEST_CHECKS).test(name);
  const where = (process.env.PCIEM_TEST_LONG ? undefined : shortRoles[name]) ?? roles[name];
  return where?.includes(role) ?? true;
}
