export type { DriverAccess } from './access-stream.ts';
export { type AccessPair, type CompareRow, type Comparison, compareCaptures, type LatencyShift } from './compare.ts';
export { analyzeDma, Dma, type DmaFaultRow, type DmaRange, type DmaReport } from './dma.ts';
export { analyzeErrors, type ErrorReport, Errors, type ProblemGroup } from './errors.ts';
export {
  type Analysis,
  assertedWire,
  Frame,
  type Problem,
  type ProblemKind,
  type Sender,
  Transaction,
} from './frame.ts';
export { CapturedFunction } from './functions.ts';
export { type Distribution, Histogram, QUANTILE_ERROR } from './histogram.ts';
export { analyzeIrqs, type IrqRow, Irqs } from './irq.ts';
export { analyzeNvme, Nvme, type NvmeOptions } from './nvme/nvme.ts';
export type { NvmeCommand, NvmeCommandRow, NvmeQueueRow, NvmeReport } from './nvme/report.ts';
export type { FieldValue } from './register-value.ts';
export {
  analyzeRegisters,
  type RegisterAccess,
  RegisterAccesses,
  type RegisterRow,
  type RegistersOptions,
} from './registers.ts';
export { type NamedRegister, spaceName } from './registers-of.ts';
export { Scanner, type ScanOptions, type ScanResult, scan } from './scan.ts';
export {
  type CaptureSummary,
  Summary,
  type SummaryFunction,
  type SummaryRegister,
  type SummaryType,
  summarize,
} from './summary.ts';
export { TimeSeries } from './time-series.ts';
export { analyzeTimeline, type LaneName, Lanes, type Timeline, type TimelineLane } from './timeline.ts';
export { analyzeTransactions, type TransactionRow, Transactions } from './transactions.ts';
