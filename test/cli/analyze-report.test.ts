import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { access, START } from '../../capture/src/testing/analyze.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { ReportCommand } from '../../src/commands/report.ts';
import { captureFolder, runCommand, session } from './analyze-helpers.ts';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const folder = await captureFolder();
afterAll(() => folder.remove());

async function page(name: string, events?: readonly EventInit[]): Promise<string> {
  const path = join(folder.path, `${name}.html`);
  const result = await runCommand(ReportCommand, await folder.write(`${name}.pcapng`, events), '-o', path);
  expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
  return path;
}

test('the page has everything in itself', async () => {
  const html = await readFile(await page('session'), 'utf8');
  expect(html).not.toMatch(/(?:src|href)="(?!#)|https?:|@import|url\(/);
  expect(html).toContain("default-src 'none'");
  for (const id of [
    'activity',
    'latencies',
    'heat',
    'problems',
    'traffic',
    'nvme',
    'transactions',
    'registers',
    'dma',
  ]) {
    expect(html).toContain(`id="${id}"`);
  }
  expect(html).toContain('LBA Out of Range');
});

test('text from the capture stays text', async () => {
  const evil = '</script><script>document.title="owned"</script><b>';
  const events = [
    ...session,
    { kind: 'mark', seq: 9000, time: START + 30_000n, vector: 2, data: Buffer.from(evil) } as EventInit,
  ];
  const html = await readFile(await page('evil', events), 'utf8');
  expect(html).not.toContain(evil);
  expect(html).toContain('&lt;/script&gt;&lt;script&gt;');
});

test('the page stays small when the capture does not', async () => {
  const events = Array.from({ length: 50_000 }, (_, i) => access('memWrite', 0x2000 + (i % 4000) * 4, i, i * 100));
  expect((await stat(await page('large', events))).size).toBeLessThan(1_500_000);
});

const skipped = chromium ? '' : ' (skipped: no Chromium; apt install chromium)';
test.skipIf(!chromium)(
  `a browser draws it, zooms, and follows a packet’s link${skipped}`,
  { timeout: 60_000 },
  async () => {
    const path = await page('browser');
    // Runs behind the page's own script and leaves what it saw in the document.
    const probe = `<script>
    const painted = (id) => {
      const canvas = document.getElementById(id);
      return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0);
    };
    const view = () => document.getElementById('view').textContent;
    const result = { painted: ['timeline', 'throughput', 'outstanding'].map(painted), before: view() };
    document.getElementById('zoom-in').click();
    result.zoomed = view();
    document.getElementById('zoom-all').click();
    result.all = view();
    document.querySelector('#problems [data-frame]').click();
    result.filter = document.getElementById('filter').textContent;
    result.linked = view();
    document.body.dataset.probe = JSON.stringify(result);
  </script>`;
    const probed = join(folder.path, 'probed.html');
    await writeFile(probed, (await readFile(path, 'utf8')).replace('</body>', `${probe}</body>`));
    const { stdout } = await promisify(execFile)(
      chromium as string,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${join(folder.path, 'profile')}`,
        '--dump-dom',
        `file://${probed}`,
      ],
      { maxBuffer: 16 << 20 },
    );
    expect(stdout).toContain('data-drawn="yes"');
    const [, seen = ''] = /data-probe="([^"]*)"/.exec(stdout) ?? [];
    const result = JSON.parse(seen.replaceAll('&quot;', '"'));
    expect(result.painted).toEqual([true, true, true]);
    expect(result.before).toMatch(/^1000 ns to |^1\.000 us to /);
    expect(result.zoomed).not.toBe(result.before);
    expect(result.all).toBe(result.before);
    expect(result.filter).toMatch(/^Wireshark: frame\.number == \d+$/);
    expect(result.linked).not.toBe(result.all);
  },
);
