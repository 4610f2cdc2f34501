/** The profile that shows captures of pciem well: `wireshark -C pciem`. */
export const PROFILE = 'pciem';

/** Title and format of each column (Wireshark's User's Guide, "Column formats"). */
const columns: readonly (readonly [title: string, format: string])[] = [
  ['No.', '%m'],
  ['Time', '%t'],
  ['Source', '%s'],
  ['Destination', '%d'],
  ['Space', '%Cus:pciem.space:0:R'],
  ['Register', '%Cus:pciem.register:0:R'],
  ['Response time', '%Cus:pciem.response_time:0:R'],
  ['Info', '%i'],
];

/** The preferences of the profile. */
export function preferences(): string {
  const list = columns.map(([title, format]) => `\t"${title}", "${format}"`).join(',\n');
  return `# Written by pciem wireshark install.
gui.column.format:
${list}
`;
}

/** Label and filter of the buttons beside the filter. */
const buttons: readonly (readonly [label: string, filter: string])[] = [
  ['Problems', '_ws.expert.severity >= 0x00400000'],
  ['Driver', 'pciem.space < 7'],
  ['Doorbells', 'pciem.doorbell'],
  ['DMA', 'pciem.space == 255 && pciem.kind == 1 && !(pciem.flags.interrupt == 1)'],
  ['Interrupts', 'pciem.flags.interrupt == 1 || pciem.intx.asserted == 1'],
  ['NVMe', 'pciem.nvme.opcode || pciem.nvme.status'],
];

/** The filter buttons of the profile. */
export function filterButtons(): string {
  const lines = buttons.map((button) => ['TRUE', ...button, ''].map((value) => `"${value}"`).join(','));
  return `# Written by pciem wireshark install.\n${lines.join('\n')}\n`;
}

interface ColouringRule {
  name: string;
  filter: string;
  /** Red, green, blue, each of 16 bits. */
  background: readonly [number, number, number];
  foreground: readonly [number, number, number];
}

const BLACK = [0, 0, 0] as const;
const WHITE = [65535, 65535, 65535] as const;

/** The first rule that matches counts. */
const rules: readonly ColouringRule[] = [
  {
    name: 'pciem: errors',
    filter:
      'pciem.kind == 10 || pciem.kind == 3 || pciem.cpl.status > 0 || pciem.ep == 1 || (pciem.kind == 9 && pciem.mark.kind == 2)',
    background: [42148, 0, 0],
    foreground: WHITE,
  },
  { name: 'pciem: events lost', filter: 'pciem.kind == 11', background: [65535, 45000, 0], foreground: BLACK },
  { name: 'pciem: marks and logs', filter: 'pciem.kind == 9', background: [65535, 65535, 40000], foreground: BLACK },
  {
    name: 'pciem: life of the device',
    filter: 'pciem.kind in {2, 4, 5, 6, 7, 8, 12}',
    background: [56000, 56000, 56000],
    foreground: BLACK,
  },
  {
    name: 'pciem: interrupts',
    filter: 'pciem.flags.interrupt == 1 || pciem.intx.pin',
    background: [62000, 52000, 65535],
    foreground: BLACK,
  },
  { name: 'pciem: doorbells', filter: 'pciem.doorbell', background: [65535, 58000, 46000], foreground: BLACK },
  { name: 'pciem: configuration', filter: 'pciem.space == 7', background: [61000, 61000, 61000], foreground: BLACK },
  { name: 'pciem: DMA', filter: 'pciem.space == 255', background: [56000, 65535, 58000], foreground: BLACK },
  { name: 'pciem: registers', filter: 'pciem.space < 7', background: [56000, 61000, 65535], foreground: BLACK },
];

/** The colouring rules of the profile. */
export function colouringRules(): string {
  const lines = rules.map(
    ({ name, filter, background, foreground }) => `@${name}@${filter}@[${background}][${foreground}]`,
  );
  return `# Written by pciem wireshark install.\n${lines.join('\n')}\n`;
}
