import { describe, expect, it } from 'vitest';
import { ErrorLog } from './error-log.ts';
import { reportError } from './error-report.ts';
import type { KernelEvent } from './events.ts';

const SDK_FRAME = '    at #call (/home/x/node_modules/@pciem/sdk/dist/runtime/space.js:10:3)';
const OWN_FRAME = `    at handle (file://${import.meta.dirname}/device-loop.ts:3:4)`;

function errorWith(stack: string[]): Error {
  const error = new TypeError('bad thing');
  error.stack = ['TypeError: bad thing', ...stack].join('\n');
  return error;
}

describe('reportError', () => {
  it('shows the frames of the author only, and the first as the place', () => {
    const error = errorWith([
      '    at Object.write (file:///dev/my%20device.ts:7:11)',
      '    at helper (/dev/lib.ts:9:1)',
      SDK_FRAME,
      OWN_FRAME,
      '    at node:internal/main/worker_thread:219:24',
    ]);
    expect(reportError(error)).toEqual({
      message: 'TypeError: bad thing',
      location: '/dev/my device.ts:7:11',
      stack: '    at Object.write (/dev/my device.ts:7:11)\n    at helper (/dev/lib.ts:9:1)',
    });
  });

  it('shortens paths in the working directory', () => {
    expect(reportError(errorWith([`    at ${process.cwd()}/devices/a.ts:1:2`])).location).toBe('devices/a.ts:1:2');
  });

  it('finds the place of a syntax error', () => {
    const error = new SyntaxError('Unexpected token');
    error.stack =
      'file:///dev/broken.ts:3\n  bar(\n      ^\n\nSyntaxError: Unexpected token\n    at compile (node:internal/x:1:1)';
    expect(reportError(error)).toEqual({
      message: 'SyntaxError: Unexpected token',
      location: '/dev/broken.ts:3',
      stack: '',
    });
  });

  it('copes with what is no error', () => {
    expect(reportError('oops')).toEqual({
      message: "'oops' was thrown, which is no Error",
      location: undefined,
      stack: '',
    });
  });
});

describe('ErrorLog', () => {
  it('reports an error once and its repetitions at the end', () => {
    const events: KernelEvent[] = [];
    const log = new ErrorLog((event) => events.push(event));
    const error = errorWith(['    at write (/dev/a.ts:1:2)']);
    expect(log.add(error, 'write of DOOR')).toBe('write of DOOR: TypeError: bad thing (/dev/a.ts:1:2)');
    expect(log.add(error, 'write of DOOR')).toBeUndefined();
    log.add(error, 'write of DOOR');
    log.add(error, 'read of ID');
    expect(events.map(({ type }) => type)).toEqual(['device-error', 'device-error']);
    log.flush();
    expect(events.slice(2)).toEqual([
      { type: 'device-error-repeated', where: 'write of DOOR', message: 'TypeError: bad thing', count: 2 },
    ]);
  });
});
