/// <reference lib="dom" />
import type { ReportData } from './collect.ts';

// Runs in the page: its text is put there, so it uses nothing from outside its own functions.

/** Draws the page's charts and makes them zoom together. */
export function drawReport(data: ReportData): void {
  const { from, to, lanes } = data.timeline;
  const whole = Math.max(to - from, 1);
  let view: [number, number] = [from, from + whole];
  const colors = ['#7a869a', '#2f6fde', '#d9822b', '#2e9e6b', '#8e5bd0', '#c9a300', '#d64545'];

  function time(ns: number): string {
    for (const [unit, size] of [
      ['s', 1e9],
      ['ms', 1e6],
      ['us', 1e3],
    ] as const) {
      if (Math.abs(ns) >= size) return `${(ns / size).toPrecision(4)} ${unit}`;
    }
    return `${Math.round(ns)} ns`;
  }

  /** A canvas in device pixels, cleared, with the size in CSS pixels. */
  function prepare(id: string): { c: CanvasRenderingContext2D; w: number; h: number } | undefined {
    const canvas = document.getElementById(id) as HTMLCanvasElement | null;
    const c = canvas?.getContext('2d');
    if (!canvas || !c) return undefined;
    const { clientWidth: w, clientHeight: h } = canvas;
    canvas.width = w * devicePixelRatio;
    canvas.height = h * devicePixelRatio;
    c.scale(devicePixelRatio, devicePixelRatio);
    c.clearRect(0, 0, w, h);
    c.font = '12px system-ui, sans-serif';
    return { c, w, h };
  }

  const left = 120;
  const text = getComputedStyle(document.body).color;

  /** The values of the columns in view, as many as there are pixels. */
  function visible(values: readonly number[], pixels: number, largest: boolean): number[] {
    const result = new Array<number>(pixels).fill(0);
    for (let x = 0; x < pixels; x++) {
      const at = (part: number) => ((view[0] + ((view[1] - view[0]) * part) / pixels - from) / whole) * values.length;
      const a = at(x);
      const b = at(x + 1);
      for (
        let i = Math.max(0, Math.floor(a));
        i < Math.min(values.length, Math.max(Math.ceil(b), Math.floor(a) + 1));
        i++
      ) {
        const value = values[i] ?? 0;
        const part = Math.max(0, Math.min(b, i + 1) - Math.max(a, i));
        result[x] = largest ? Math.max(result[x] ?? 0, value) : (result[x] ?? 0) + value * part;
      }
    }
    return result;
  }

  function axis(c: CanvasRenderingContext2D, w: number, h: number): void {
    c.fillStyle = text;
    c.globalAlpha = 0.7;
    for (let i = 0; i <= 4; i++) {
      const x = left + ((w - left) * i) / 4;
      c.textAlign = i === 4 ? 'right' : i === 0 ? 'left' : 'center';
      c.fillText(time(view[0] + ((view[1] - view[0]) * i) / 4), x, h - 4);
    }
    c.globalAlpha = 1;
    c.textAlign = 'left';
  }

  function drawLanes(): void {
    const p = prepare('timeline');
    if (!p) return;
    const { c, w, h } = p;
    const lane = (h - 20) / lanes.length;
    const pixels = Math.max(1, Math.floor(w - left));
    lanes.forEach(({ name, values }, index) => {
      const base = (index + 1) * lane - 3;
      c.fillStyle = text;
      c.fillText(name, 4, base - lane / 2 + 8);
      c.fillStyle = colors[index] ?? text;
      const heights = visible(values, pixels, false);
      const top = Math.max(...heights, 1e-9);
      heights.forEach((value, x) => {
        if (value > 0) {
          const size = Math.max(1.5, (value / top) * (lane - 8));
          c.fillRect(left + x, base - size, 1, size);
        }
      });
      c.globalAlpha = 0.25;
      c.fillRect(left, base, w - left, 1);
      c.globalAlpha = 1;
    });
    drawSamples(c, w, lane);
    axis(c, w, h);
  }

  /** Single transactions with their duration, when few enough are in view. */
  function drawSamples(c: CanvasRenderingContext2D, w: number, lane: number): void {
    const scale = (w - left) / (view[1] - view[0]);
    const shown = data.samples.filter(([, start, length]) => start + length >= view[0] && start <= view[1]);
    if (shown.length > 400) return;
    for (const [kind, start, length] of shown) {
      c.fillStyle = text;
      const x = Math.max(left, left + (start - view[0]) * scale);
      c.fillRect(x, (kind + 1) * lane - 2, Math.max(2, length * scale), 3);
    }
  }

  function drawLine(
    id: string,
    series: { name: string; values: readonly number[]; largest: boolean; color: string }[],
    unit: string,
  ): void {
    const p = prepare(id);
    if (!p) return;
    const { c, w, h } = p;
    const pixels = Math.max(1, Math.floor(w - left));
    const lines = series.map(({ values, largest }) => visible(values, pixels, largest));
    const seconds = (view[1] - view[0]) / pixels / 1e9;
    const scaled = lines.map((line, i) => (series[i]?.largest ? line : line.map((value) => value / seconds)));
    const top = Math.max(...scaled.flat(), 1e-9);
    c.fillStyle = text;
    c.fillText(unit === 'B/s' ? bytes(top) : String(Math.round(top)), 4, 14);
    scaled.forEach((line, i) => {
      const { name = '', color = text } = series[i] ?? {};
      c.fillStyle = color;
      c.fillText(name, 4, 32 + i * 16);
      c.strokeStyle = color;
      c.beginPath();
      line.forEach((value, x) => {
        const y = h - 20 - (value / top) * (h - 30);
        if (x === 0) c.moveTo(left, y);
        else c.lineTo(left + x, y);
      });
      c.stroke();
    });
    axis(c, w, h);
  }

  function bytes(value: number): string {
    const unit = value >= 2 ** 30 ? 3 : value >= 2 ** 20 ? 2 : value >= 1024 ? 1 : 0;
    return `${(value / 1024 ** unit).toPrecision(3)} ${['B', 'KiB', 'MiB', 'GiB'][unit]}/s`;
  }

  function draw(): void {
    drawLanes();
    const lane = (name: string) => lanes.find((each) => each.name === name)?.values ?? [];
    drawLine(
      'throughput',
      [
        { name: 'DMA reads', values: lane('DMA reads'), largest: false, color: colors[3] ?? text },
        { name: 'DMA writes', values: lane('DMA writes'), largest: false, color: colors[4] ?? text },
      ],
      'B/s',
    );
    drawLine(
      'outstanding',
      [
        { name: 'requests', values: data.outstanding, largest: true, color: colors[1] ?? text },
        ...(data.depth.length > 0
          ? [{ name: 'NVMe commands', values: data.depth, largest: true, color: colors[2] ?? text }]
          : []),
      ],
      '',
    );
    const label = document.getElementById('view');
    if (label) label.textContent = `${time(view[0])} to ${time(view[1])}`;
  }

  function zoom(a: number, b: number): void {
    const span = Math.min(Math.max(b - a, 100), whole);
    const start = Math.min(Math.max(a, from), from + whole - span);
    view = [start, start + span];
    draw();
  }

  for (const id of ['timeline', 'throughput', 'outstanding']) {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    const part = (event: MouseEvent) => Math.min(1, Math.max(0, (event.offsetX - left) / (canvas.clientWidth - left)));
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const factor = event.deltaY > 0 ? 1.25 : 0.8;
        const at = view[0] + (view[1] - view[0]) * part(event);
        zoom(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
      },
      { passive: false },
    );
    let drag: { x: number; view: [number, number] } | undefined;
    canvas.addEventListener('pointerdown', (event) => {
      drag = { x: event.offsetX, view: [...view] };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!drag) return;
      const shift = ((drag.x - event.offsetX) / (canvas.clientWidth - left)) * (drag.view[1] - drag.view[0]);
      zoom(drag.view[0] + shift, drag.view[1] + shift);
    });
    canvas.addEventListener('pointerup', () => {
      drag = undefined;
    });
  }
  const middle = () => (view[0] + view[1]) / 2;
  const buttons: Record<string, () => void> = {
    in: () => zoom(middle() - (view[1] - view[0]) / 4, middle() + (view[1] - view[0]) / 4),
    out: () => zoom(middle() - (view[1] - view[0]), middle() + (view[1] - view[0])),
    all: () => zoom(from, from + whole),
  };
  for (const [id, action] of Object.entries(buttons))
    document.getElementById(`zoom-${id}`)?.addEventListener('click', action);

  // A packet number shows its place in the timeline, if it has one here, and the filter that finds it in Wireshark.
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLElement>('[data-frame]');
    if (!link) return;
    const filter = `frame.number == ${link.dataset.frame}`;
    const bar = document.getElementById('filter');
    if (bar) bar.textContent = `Wireshark: ${filter}`;
    void navigator.clipboard?.writeText(filter).catch(() => undefined);
    const at = Number(link.dataset.time ?? Number.NaN);
    if (at >= 0) zoom(at - whole / 200, at + whole / 200);
    else event.preventDefault();
  });
  addEventListener('resize', draw);
  draw();
  document.body.dataset.drawn = 'yes';
}
