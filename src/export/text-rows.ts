import type { Analysis, Frame } from '@pciem/capture';
import { COLUMNS, type ColumnType, type ColumnValue } from './columns.ts';
import type { Output } from './output.ts';

/** Comma-separated values (RFC 4180 with line feeds), with a header line. */
export class CsvRows implements Analysis {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
    output.text(`${COLUMNS.map(({ name }) => name).join(',')}\n`);
  }

  packet(frame: Frame): void {
    if (!frame.isTlp) return;
    let line = '';
    for (const { type, value } of COLUMNS) line += `${line === '' ? '' : ','}${csvCell(value(frame), type)}`;
    this.#output.text(`${line}\n`);
  }
}

/** One JSON object a line; what a TLP does not have is left out. */
export class NdjsonRows implements Analysis {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  packet(frame: Frame): void {
    if (!frame.isTlp) return;
    let line = '';
    for (const { name, type, value } of COLUMNS) {
      const cell = value(frame);
      if (cell !== undefined) line += `${line === '' ? '{' : ','}"${name}":${jsonCell(cell, type)}`;
    }
    this.#output.text(`${line}}\n`);
  }
}

function csvCell(value: ColumnValue, type: ColumnType): string {
  if (value === undefined) return '';
  const text = type === 'time' ? isoTime(value as bigint) : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** 64-bit numbers are numbers too: readers that keep only 53 bits lose some of a value, not of the others. */
function jsonCell(value: Exclude<ColumnValue, undefined>, type: ColumnType): string {
  if (type === 'time') return `"${isoTime(value as bigint)}"`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** `2023-11-14T22:13:20.000000001Z`. */
function isoTime(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}
