import { strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';

/** A test report as those read it who show test results. */
export interface Junit {
  suite: string;
  cases: { name: string; message: string | undefined; text: string }[];
}

/** Reads a report. Throws if it is no XML, or its counts are not those of its cases. */
export function readJunit(file: string): Junit {
  const onError = (level: string, message: string) => {
    throw new Error(`${file}: ${level}: ${message}`);
  };
  const suite = new DOMParser({ onError }).parseFromString(readFileSync(file, 'utf8'), 'text/xml').documentElement;
  strictEqual(suite?.tagName, 'testsuite', file);
  const cases = Array.from(suite.getElementsByTagName('testcase'), (each) => {
    const failure = each.getElementsByTagName('failure').item(0);
    const message = failure?.getAttribute('message') ?? undefined;
    return { name: each.getAttribute('name') ?? '', message, text: failure?.textContent ?? '' };
  });
  strictEqual(Number(suite.getAttribute('tests')), cases.length, `${file}: tests`);
  const failed = cases.filter(({ message }) => message !== undefined);
  strictEqual(Number(suite.getAttribute('failures')), failed.length, `${file}: failures`);
  return { suite: suite.getAttribute('name') ?? '', cases };
}
