// What it takes to record: `@pciem/capture/recorder`. Without the reader's analyses, which are several times as much
// code, so that a device is plugged sooner.
export { CaptureWriter, type CaptureWriterOptions } from './capture-writer.ts';
export * from './device-map.ts';
export { compileFilter, FILTER_TERMS } from './filter/compile.ts';
export { type GateOptions, PacketGate } from './filter/gate.ts';
export { FILTER_EXAMPLES, FilterError, parseFilter } from './filter/parse.ts';
export * from './pcapng/blocks.ts';
export { TapConverter, type TapConverterOptions, type TapTotals } from './tap-converter.ts';
