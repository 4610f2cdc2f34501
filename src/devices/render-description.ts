import { hex } from '@pciem/sdk';
import { numbers, plainTable } from '../render/plain-table.ts';
import type { BarDescription, DeviceDescription, FunctionDescription, RegisterDescription } from './describe.ts';
import { interruptsText } from './interrupts.ts';

/** A device on a terminal: ids, BARs, registers, options. */
export function renderDescription(device: DeviceDescription): string {
  const heading = device.summary === '' ? device.name : `${device.name}: ${device.summary}`;
  const functions = device.functions.flatMap((each) => renderFunction(each, device.functions.length > 1));
  const missing =
    device.missing.length === 0
      ? []
      : ['', 'BARs and registers depend on options that have to be given with --set:', ...device.missing.map(indent)];
  return [heading, `  ${device.entry}`, ...functions, ...renderOptions(device), ...missing].join('\n');
}

const BAR_KINDS: Readonly<Record<BarDescription['kind'], string>> = { trapped: '', ram: ', memory', io: ', I/O ports' };

function renderFunction(fn: FunctionDescription, isOneOfMany: boolean): string[] {
  const { identity, bars, romSize, config, interrupts } = fn;
  const ids = `${hex(identity.vendor, 4)}:${hex(identity.device, 4).slice(2)}`.slice(2);
  const subsystem = `${hex(identity.subsystemVendor, 4)}:${hex(identity.subsystem, 4).slice(2)}`.slice(2);
  return [
    '',
    ...(isOneOfMany ? [`Function ${fn.function}`] : []),
    `ID ${ids}, class ${hex(identity.class, 6).slice(2)}, revision ${hex(identity.revision, 2).slice(2)}, ` +
      `subsystem ${subsystem}`,
    `Interrupts: ${interruptsText(interrupts)}`,
    ...bars.flatMap(({ index, size, kind, bits, prefetchable, registers }) => [
      '',
      `BAR ${index}: ${sizeText(size)}, ${bits}-bit${prefetchable ? ', prefetchable' : ''}${BAR_KINDS[kind]}`,
      ...(kind === 'ram' ? [] : renderRegisters(registers)),
    ]),
    ...(romSize > 0 ? ['', `Expansion ROM: ${sizeText(romSize)}`] : []),
    ...(config.length > 0 ? ['', 'Configuration space', ...renderRegisters(config)] : []),
  ];
}

function renderRegisters(registers: readonly RegisterDescription[]): string[] {
  if (registers.length === 0) return ['  no registers by name'];
  const rows = registers.flatMap(({ name, offset, width, length, access, reset = '', count, stride, fields }) => [
    [
      hex(offset, 4),
      count === undefined ? name : `${name}[${count}]${stride === undefined ? '' : ` every ${hex(stride)}`}`,
      width === undefined ? sizeText(length ?? 0) : String(width),
      access,
      reset,
    ],
    ...fields.map((field) => [
      '',
      `  ${field.name}`,
      field.lsb === field.msb ? `${field.lsb}` : `${field.msb}:${field.lsb}`,
      field.access,
      field.reset === 0 ? '' : hex(field.reset),
    ]),
  ]);
  return plainTable(['OFFSET', 'NAME', numbers('BITS'), 'ACCESS', numbers('RESET')], rows)
    .split('\n')
    .map(indent);
}

function renderOptions({ options }: DeviceDescription): string[] {
  if (options.length === 0) return ['', 'No options'];
  const rows = options.map(({ name, help, isRequired, default: fallback }) => [
    name,
    isRequired ? 'required' : (fallback ?? ''),
    help,
  ]);
  return ['', 'Options (--set NAME=VALUE)', ...plainTable(['NAME', 'DEFAULT', ''], rows, 78).split('\n').map(indent)];
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/** `256 B`, `4 KiB`: BARs are powers of two. */
function sizeText(bytes: number): string {
  const unit = UNITS.findLastIndex((_, power) => bytes >= 1024 ** power && bytes % 1024 ** power === 0);
  return `${bytes / 1024 ** Math.max(unit, 0)} ${UNITS[Math.max(unit, 0)]}`;
}
