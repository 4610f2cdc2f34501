import type { ErrorReport, ProblemGroup } from '@pciem/capture';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatMoment } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

/** What is wrong, by kind. */
export function problemSection(groups: readonly ProblemGroup[]): string {
  if (groups.length === 0) return 'No problems';
  return section(
    'Problems',
    ['problem', numbers('count'), numbers('first packet'), numbers('last packet')],
    groups.map(({ kind, count, firstFrame, lastFrame }) => [
      kind,
      formatCount(count),
      frame(firstFrame),
      frame(lastFrame),
    ]),
    { limit: 0 },
  );
}

export function renderErrors({ groups, problems }: ErrorReport, limit: TableLimit): string {
  return sections(
    problemSection(groups),
    section(
      'In the order of the file',
      [numbers('packet'), numbers('time'), 'problem', 'what'],
      problems.map((each) => [frame(each.frame), formatMoment(each.time), each.kind, each.text]),
      limit,
    ),
  );
}

/** Damage of a file is in no packet. */
function frame(number: number): string {
  return number === 0 ? '-' : String(number);
}
