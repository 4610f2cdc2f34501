import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const PCI_ADDRESS = 0xcf8;
const PCI_DATA = 0xcfc;
const DMA_COMMAND = 0x98;
const SLOT = 4;
const BAR_ADDRESS = 0xe000_0000;

/** Firmware: 64 KiB, with `hlt; jmp back` at the reset vector. Not every QEMU has the accelerator that runs nothing. */
function idleFirmware(): Uint8Array {
  const firmware = new Uint8Array(65536);
  firmware.set([0xf4, 0xeb, 0xfd], firmware.length - 16);
  return firmware;
}

/** QEMU's own edu device, driven from outside through the qtest protocol; the CPU sleeps. */
export class QtestEdu {
  readonly #qemu: ChildProcess;
  readonly #waiting: ((answer: string) => void)[] = [];

  private constructor(qemu: ChildProcess) {
    this.#qemu = qemu;
    if (!qemu.stdout) throw new Error('QEMU has no output');
    createInterface({ input: qemu.stdout }).on('line', (line) => {
      if (!line.startsWith('IRQ ')) this.#waiting.shift()?.(line);
    });
  }

  static async start(): Promise<QtestEdu> {
    const directory = mkdtempSync(join(tmpdir(), 'qtest-'));
    const bios = join(directory, 'idle');
    writeFileSync(bios, idleFirmware());
    const device = `edu,addr=${SLOT}.0,dma_mask=0xffffffff`;
    const options = ['-machine', 'pc', '-bios', bios, '-display', 'none', '-nodefaults', '-qtest', 'stdio'];
    const qemu = spawn('qemu-system-x86_64', [...options, '-device', device], { stdio: ['pipe', 'pipe', 'ignore'] });
    qemu.once('exit', () => rmSync(directory, { recursive: true }));
    const edu = new QtestEdu(qemu);
    await edu.#config(0x10, BAR_ADDRESS);
    await edu.#config(0x04, 0x0006);
    return edu;
  }

  stop(): void {
    this.#qemu.kill();
  }

  read32 = (offset: number) => this.#number(`readl ${BAR_ADDRESS + offset}`);
  read64 = (offset: number) => this.#number(`readq ${BAR_ADDRESS + offset}`);
  write32 = (offset: number, value: number) => this.#ask(`writel ${BAR_ADDRESS + offset} ${value}`);
  write64 = (offset: number, value: bigint) => this.#ask(`writeq ${BAR_ADDRESS + offset} ${value}`);

  /** Lets a DMA transfer, which takes a tenth of a second, come to its end. */
  async settle(): Promise<void> {
    while ((await this.read32(DMA_COMMAND)) & 1n) await setTimeout(10);
  }

  async writeMemory(address: number, data: Uint8Array): Promise<void> {
    await this.#ask(`write ${address} ${data.length} 0x${Buffer.from(data).toString('hex')}`);
  }

  async readMemory(address: number, length: number): Promise<string> {
    return (await this.#ask(`read ${address} ${length}`)).replace('0x', '');
  }

  async #config(register: number, value: number): Promise<void> {
    await this.#ask(`outl ${PCI_ADDRESS} ${(0x8000_0000 | (SLOT << 11) | register) >>> 0}`);
    await this.#ask(`outl ${PCI_DATA} ${value}`);
  }

  async #number(command: string): Promise<bigint> {
    return BigInt(await this.#ask(command));
  }

  async #ask(command: string): Promise<string> {
    const answer = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#qemu.stdin?.write(`${command}\n`);
    });
    if (!answer.startsWith('OK')) throw new Error(`qtest: ${command}: ${answer}`);
    return answer.slice(3);
  }
}
