import { formatCount, formatTime } from '../render/units.ts';
import { drawReport } from './client.ts';
import type { ReportData } from './collect.ts';
import { escapeHtml, scriptJson } from './html.ts';
import { reportTables } from './tables.ts';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1280px; padding: 16px 24px 64px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin: 28px 0 8px; }
nav a { margin-right: 14px; } a { color: #2f6fde; text-decoration: none; }
canvas { width: 100%; border: 1px solid var(--line); touch-action: none; cursor: grab; }
.scroll { overflow: auto; max-height: 480px; border: 1px solid var(--line); width: fit-content; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 12px; text-align: left; white-space: nowrap; }
th { position: sticky; top: 0; background: Canvas; } tr:nth-child(even) td { background: color-mix(in srgb, currentColor 4%, transparent); }
th.n, td.n { text-align: right; } .bad { color: #d64545; font-weight: 600; }
.bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 16px; }
.bars svg, .heat svg { width: 100%; } figure { margin: 0; } figcaption { font-size: 13px; }
#filter { position: fixed; bottom: 0; left: 0; right: 0; padding: 4px 24px; background: Canvas; border-top: 1px solid var(--line); font-family: monospace; }
button { font: inherit; } rect { fill: #2f6fde; } svg text { fill: currentColor; font-size: 11px; }`;

/** The whole page: one file, with nothing from elsewhere. */
export function reportPage(data: ReportData): string {
  const tables = reportTables(data);
  const links = [
    ['activity', 'Activity'],
    ['latencies', 'Latencies'],
    ['heat', 'Register heat map'],
  ];
  const nav = [...links, ...tables.map(({ id, title }) => [id, title])]
    .map(([id, title]) => `<a href="#${id}">${escapeHtml((title ?? '').split(':')[0] ?? '')}</a>`)
    .join('');
  const { timeline, outstanding, depth, samples, stride, kinds, file } = data;
  const charts = scriptJson({ timeline, outstanding, depth, samples, stride, kinds });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(file)} - pciem report</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${STYLE}</style></head><body>
<h1>${escapeHtml(file)}</h1>
${totals(data)}
<nav>${nav}</nav>
<section id="activity"><h2>Activity</h2>
<p><button id="zoom-in">+</button> <button id="zoom-out">-</button> <button id="zoom-all">all</button>
<span id="view"></span> &middot; wheel zooms, drag moves; single transactions are the thin marks when few are in view${
    stride > 1 ? `, of which one in ${stride} is kept` : ''
  }</p>
<canvas id="timeline" style="height:300px"></canvas>
<h2>Throughput</h2><canvas id="throughput" style="height:130px"></canvas>
<h2>Outstanding requests${depth.length > 0 ? ' and NVMe I/O commands' : ''}</h2><canvas id="outstanding" style="height:110px"></canvas></section>
<section id="latencies"><h2>Response times, on a logarithmic axis</h2>${
    data.histograms.length > 0
      ? `<div class="bars">${data.histograms.map(histogram).join('\n')}</div>`
      : '<p>Every request was answered at once, from registers in memory.</p>'
  }</section>
${heatMap(data)}
${tables.map(({ html }) => html).join('\n')}
<div id="filter">A packet number copies its Wireshark filter</div>
<script>${drawReport.toString()}
drawReport(${charts});</script></body></html>
`;
}

function totals({ summary }: ReportData): string {
  const { errors, packets, durationNs, lost, requests, completed, timedOut, functions } = summary;
  const problems = errors.map(({ kind, count }) => `${escapeHtml(kind)}: ${formatCount(count)}`).join(', ');
  const devices = functions.map(({ address, name }) => escapeHtml(`${name} at ${address}`)).join(', ');
  return `<p>${problems === '' ? 'No problems' : `<span class="bad">${problems}</span>`}</p>
<p>${devices}: ${formatCount(packets)} packets in ${formatTime(durationNs)}, ${formatCount(lost)} events lost;
${formatCount(requests)} requests, ${formatCount(completed)} completed, ${formatCount(timedOut)} timed out</p>`;
}

/** Bars over a logarithmic axis of time: the buckets have equal widths there. */
function histogram({ name, count, p50, p99, bars }: ReportData['histograms'][number]): string {
  const position = (ns: number) => Math.log2(Math.max(ns, 1));
  const first = position(bars[0]?.from ?? 1);
  const last = Math.max(position(bars.at(-1)?.to ?? 2), first + 1);
  const top = Math.max(...bars.map((bar) => bar.count));
  const x = (ns: number) => ((position(ns) - first) / (last - first)) * 300;
  const rects = bars.map((bar) => {
    const height = Math.max(1, (bar.count / top) * 80);
    const width = Math.max(1, x(bar.to) - x(bar.from) - 0.3);
    const title = `${formatTime(bar.from)} to ${formatTime(bar.to)}: ${formatCount(bar.count)}`;
    return `<rect x="${x(bar.from).toFixed(1)}" y="${(90 - height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"><title>${title}</title></rect>`;
  });
  const ends = `<text x="0" y="104">${formatTime(2 ** first)}</text><text x="300" y="104" text-anchor="end">${formatTime(2 ** last)}</text>`;
  return `<figure><svg viewBox="0 0 300 108">${rects.join('')}${ends}</svg>
<figcaption>${escapeHtml(name)}: ${formatCount(count)}, p50 ${formatTime(p50)}, p99 ${formatTime(p99)}</figcaption></figure>`;
}

/** Accesses to registers over time: the darker the more, each register by its own largest number. */
function heatMap({ heat, timeline }: ReportData): string {
  if (heat.length === 0) return '';
  const columns = heat[0]?.values.length ?? 1;
  const width = 840 / columns;
  const rows = heat.map(({ name, total, values }, row) => {
    const top = Math.max(...values, 1e-9);
    const cells = values.flatMap((value, column) => {
      if (value <= 0) return [];
      const opacity = (0.2 + 0.8 * (value / top)).toFixed(2);
      return [
        `<rect x="${(240 + column * width).toFixed(1)}" y="${row * 16}" width="${width.toFixed(1)}" height="14" opacity="${opacity}"><title>${value.toFixed(1)}</title></rect>`,
      ];
    });
    return `<text x="232" y="${row * 16 + 11}" text-anchor="end">${escapeHtml(name)}</text>${cells.join('')}<text x="1136" y="${row * 16 + 11}" text-anchor="end">${formatCount(total)}</text>`;
  });
  const foot = heat.length * 16 + 12;
  return `<section id="heat" class="heat"><h2>Register heat map</h2><svg viewBox="0 0 1140 ${foot + 6}">${rows.join('')}
<text x="240" y="${foot}">${formatTime(timeline.from)}</text><text x="1080" y="${foot}" text-anchor="end">${formatTime(timeline.to)}</text></svg></section>`;
}
