import { expect, test } from 'vitest';
import { type CaptureFlagValues, captureSettings } from './capture-settings.ts';

test.each<[CaptureFlagValues, string, object]>([
  [{}, 'a.pcapng', {}],
  [{ snaplen: 64, filter: 'bar=0' }, 'a.pcapng.gz', { snaplen: 64, filter: 'bar=0', compression: 'gzip' }],
  [{ filesize: '100M', files: 10 }, 'a.zst', { fileBytes: 104_857_600, files: 10, compression: 'zstd' }],
  [{ duration: '5m', 'stop-after': '1.5' }, 'a', { fileSeconds: 300, seconds: 1.5 }],
  [{ link: '256/512/64' }, '-', { link: { mps: 256, mrrs: 512, rcb: 64 } }],
  [
    { 'stop-when': 'register=CSTS & value&2', before: 0, after: 10, 'mark-when': 'vector=1' },
    'a',
    { stopWhen: 'register=CSTS & value&2', before: 0, after: 10, markWhen: 'vector=1' },
  ],
])('%j to %s', (flags, file, settings) => {
  expect(captureSettings(flags, file)).toEqual(settings);
});

test.each<[CaptureFlagValues, string, string]>([
  [{ files: 2 }, 'a', '--files needs --filesize or --duration'],
  [{ filesize: '1M' }, '-', '--filesize and --duration need the name of a file'],
  [{ filesize: 'big' }, 'a', '--filesize big: not a size'],
  [{ filesize: '1K' }, 'a', '--filesize 1K: must be 64K or more'],
  [{ duration: '5 parsecs' }, 'a', '--duration 5 parsecs: not a time'],
  [{ 'stop-after': '0' }, 'a', '--stop-after 0: not a time'],
  [{ link: '256/512' }, 'a', '--link 256/512: not of the form MPS/MRRS/RCB'],
  [{ link: '100/512/64' }, 'a', '--link 100/512/64'],
  [{ filter: 'bar=' }, 'a', "--filter 'bar=': a value is expected for bar"],
  [{ 'stop-when': '!' }, 'a', "--stop-when '!': a name is expected"],
])('%j to %s is refused', (flags, file, message) => {
  expect(() => captureSettings(flags, file)).toThrow(message);
});
