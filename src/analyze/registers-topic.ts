import { type FieldValue, type RegisterAccess, RegisterAccesses, type RegisterRow } from '@pciem/capture';
import { Failure } from '../errors.ts';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatHex, formatMoment, formatTime } from '../render/units.ts';
import { readCapture } from './read-capture.ts';
import { section, sections, type TableLimit } from './sections.ts';
import type { Topic, TopicRequest } from './topic.ts';

const FOLLOW_HEAD = `${'packet'.padStart(8)} ${'time'.padStart(11)} ${'access'.padEnd(5)} ${'latency'.padStart(8)} value\n`;

/** Registers: a table of all, those at one packet, or every access to some. */
export const registersTopic: Topic = {
  summary: 'every register: accesses, changes, value with its fields; --at N, --follow NAME',
  async run(file, request, write) {
    if (request.follow !== undefined) await follow(file, request.follow, request, write);
    else await table(file, request, write);
  },
};

async function table(file: string, request: TopicRequest, write: (text: string) => void): Promise<void> {
  const { at } = request;
  let last = 0;
  const registers = new RegisterAccesses(at === undefined ? {} : { at });
  const reached = {
    packet: ({ number }: { number: number }) => {
      last = number;
    },
  };
  await readCapture(file, [registers, reached], at === undefined ? undefined : () => last >= at);
  if (at !== undefined && last < at) {
    throw new Failure(`--at ${at}: ${file} has only ${formatCount(last)} packets`, ['give the number of one of them']);
  }
  const rows = registers.report();
  write(request.json ? `${JSON.stringify(rows, undefined, 2)}\n` : render(rows, request));
}

function render(rows: readonly RegisterRow[], request: TopicRequest): string {
  const spaces = [...new Set(rows.map((row) => `${row.function} ${row.space}`))];
  if (spaces.length === 0) return 'No register was accessed\n';
  return sections(
    ...spaces.map((space) => {
      const of = rows.filter((row) => `${row.function} ${row.space}` === space);
      return request.at === undefined
        ? all(space, of, request)
        : state(`${space} at packet ${request.at}`, of, request);
    }),
  );
}

function all(title: string, rows: readonly RegisterRow[], limit: TableLimit): string {
  return section(
    title,
    [
      numbers('at'),
      'register',
      ...['reads', 'writes', 'changes'].map(numbers),
      numbers('packet'),
      numbers('value'),
      'fields',
    ],
    rows.map((row) => [
      formatHex(row.offset),
      row.name,
      formatCount(row.reads),
      formatCount(row.writes),
      formatCount(row.changes),
      String(row.frame),
      row.value,
      formatFields(row.fields),
    ]),
    limit,
  );
}

function state(title: string, rows: readonly RegisterRow[], limit: TableLimit): string {
  return section(
    title,
    [numbers('at'), 'register', numbers('value'), 'known from', 'fields'],
    rows.map((row) => {
      return [formatHex(row.offset), row.name, row.value, `${row.source} in ${row.frame}`, formatFields(row.fields)];
    }),
    limit,
  );
}

/** `EN=1 IOSQES=6`; fields that are 0 are left out when others are not. */
function formatFields(fields: readonly FieldValue[]): string {
  const set = fields.filter(({ value }) => value !== 0);
  return (set.length > 0 ? set : fields.slice(0, 1)).map(({ name, value }) => `${name}=${value}`).join(' ');
}

async function follow(file: string, wanted: string, { json }: TopicRequest, write: (text: string) => void) {
  const name = wanted.toLowerCase();
  let found = 0;
  const registers = new RegisterAccesses({
    follow: (each) => wanted === '*' || each.toLowerCase() === name,
    onAccess: (access) => {
      if (found++ === 0 && !json) write(FOLLOW_HEAD);
      write(json ? `${JSON.stringify(access)}\n` : line(access, wanted === '*'));
    },
  });
  await readCapture(file, [registers]);
  if (found > 0) return;
  const names = registers.report().map((row) => row.name);
  throw new Failure(`--follow ${wanted}: the driver did not access a register of that name`, nextSteps(name, names));
}

function nextSteps(wanted: string, names: readonly string[]): string[] {
  const near = names.filter((name) => name.toLowerCase().includes(wanted)).slice(0, 8);
  return [near.length > 0 ? `there are: ${near.join(', ')}` : 'pciem analyze FILE registers lists the names'];
}

function line(access: RegisterAccess, withName: boolean): string {
  const { frame, time, value, fields, changed, latency, result } = access;
  const cells = [
    String(frame).padStart(8),
    formatMoment(time).padStart(11),
    access.access.padEnd(6),
    (latency > 0 ? formatTime(latency) : '').padStart(8),
    ...(withName ? [access.name] : []),
    `${value}${changed ? ' *' : ''}`,
    formatFields(fields),
    result === 'ok' ? '' : result,
  ];
  return `${cells.join(' ').trimEnd()}\n`;
}
