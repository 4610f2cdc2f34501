import { hex } from '@pciem/sdk';
import { describeFields, type MapAccess } from '@pciem/sdk/maps';

/** Milliseconds after which a repetition is told even though nothing else happens. */
const PATIENCE = 1000;

/** Tells of accesses, a line each. A driver that polls says the same thing a million times: that is counted. */
export class AccessLog {
  readonly #print: (line: string) => void;
  #last = '';
  #repeats = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(access: MapAccess): void {
    const line = describeAccess(access);
    if (line === this.#last) {
      this.#repeats++;
      this.#timer ??= setTimeout(() => this.flush(), PATIENCE);
      return;
    }
    this.flush();
    this.#last = line;
    this.#print(line);
  }

  /** Tells how often the last line has come again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#repeats > 0) this.#print(`… and ${this.#repeats} more of these`);
    this.#repeats = 0;
  }
}

/** `read  BAR0+0x004 CTRL 0x00000001 ENABLE=1 MODE=fast`. */
export function describeAccess({ kind, bar, offset, size, value, register }: MapAccess): string {
  const words = [kind.padEnd(5), `BAR${bar}+${hex(offset, 3)}`];
  if (register) {
    const within = offset - register.offset;
    const whole = within === 0 && size === register.register.width / 8;
    words.push(whole ? register.name : `${register.name}${partOf(within, size, register.register.width / 8)}`);
    words.push(hex(value, 2 * size));
    const fields = describeFields(register.register, value, within, size);
    if (fields !== '') words.push(fields);
  } else {
    words.push(hex(value, 2 * size));
  }
  return words.join(' ');
}

/** The bytes of a register that an access has to do with, or that it goes beyond the register. */
function partOf(within: number, size: number, bytes: number): string {
  const last = within + size - 1;
  if (last >= bytes) return ` and ${last - bytes + 1} bytes more`;
  return `[byte ${within}${size > 1 ? `-${last}` : ''}]`;
}
