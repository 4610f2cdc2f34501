import { styleText } from 'node:util';
import { count } from '../../render/text.ts';
import { formatTime } from '../../render/units.ts';
import type { LogEntry, LogKind } from './entry.ts';
import type { Repetition } from './folder.ts';

const COLORS = {
  read: 'green',
  write: 'yellow',
  'dma read': 'cyan',
  'dma write': 'cyan',
  interrupt: 'magenta',
  event: 'blue',
} as const satisfies Record<LogKind, string>;

/** Turns log entries into lines of text. */
export class LineRenderer {
  readonly #color: boolean;
  #last = 0;

  constructor(color: boolean) {
    this.#color = color;
  }

  /** `  0.001234  +12.3 us R32 STATUS = 0x00000001 READY=1`. */
  entry(entry: LogEntry): string {
    const { kind, time, name, value, fields = [], latency = 0, result, caller } = entry;
    const since = time - this.#last;
    this.#last = time;
    const head = `${(time / 1e9).toFixed(6).padStart(11)} ${`+${formatTime(Math.max(0, since))}`.padStart(9)} `;
    const set = fields.filter((field) => field.value !== 0).map((field) => `${field.name}=${field.value}`);
    const parts = [
      what(entry),
      name,
      ...(value === undefined ? [] : [kind === 'write' || kind === 'read' ? `= ${value}` : value]),
      ...set,
      ...(result === undefined ? [] : [this.#paint('red', result)]),
      ...(latency >= 1e6 ? [`(took ${formatTime(latency)})`] : []),
      ...(caller === undefined ? [] : [this.#paint('dim', `in ${withoutSize(caller)}`)]),
    ];
    return `${this.#paint('dim', head)}${this.#paint(COLORS[kind], parts[0] as string)} ${parts.slice(1).join(' ')}`.trimEnd();
  }

  /** Where polling was folded. */
  repetition({ lines, times, duration }: Repetition): string {
    const of = lines === 1 ? 'the line above' : `the ${lines} lines above`;
    this.#last += duration;
    return this.#paint('dim', `${' '.repeat(22)}${of} ${count(times, 'more time')} in ${formatTime(duration)}`);
  }

  #paint(style: Parameters<typeof styleText>[0], text: string): string {
    return this.#color ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** `nvme_wait_ready+0x48 [nvme]`: how long the function is says little. */
function withoutSize(caller: string): string {
  return caller.replace(/(\+0x[0-9a-f]+)\/0x[0-9a-f]+/, '$1');
}

/** `R32`, `W16`, `cfg R8`, `DMA R`, `IRQ`, `--`. */
function what({ kind, space, size = 0 }: LogEntry): string {
  switch (kind) {
    case 'read':
    case 'write': {
      const letter = kind === 'read' ? 'R' : 'W';
      return `${space === 'config' ? 'cfg ' : ''}${letter}${size * 8}`;
    }
    case 'dma read':
      return 'DMA R';
    case 'dma write':
      return 'DMA W';
    case 'interrupt':
      return 'IRQ';
    case 'event':
      return '--';
  }
}
