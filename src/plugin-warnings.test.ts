import { expect, test } from 'vitest';
import { describeWarning } from './plugin-warnings.ts';

function warning(name: string, message: string, detail?: string): Error & { detail?: string } {
  return Object.assign(new Error(message), { name, ...(detail !== undefined && { detail }) });
}

test('a command of a plugin that cannot be loaded', () => {
  const detail = 'module: @oclif/core@5.1.9\ntask: findCommand (boom)\nplugin: x\nroot: /r\nmessage: no luck\nSee more';
  expect(describeWarning(warning('Error', 'no luck', detail))).toBe(
    'pciem: the plugin x does not work: no luck (pciem plugins uninstall x)',
  );
});

test('a plugin without files', () => {
  const message = "could not find package.json with {\n  name: 'pciem-plugin-x',\n  root: '/data'\n}";
  expect(describeWarning(warning('Error Plugin: pciem', message, 'plugin: pciem\nroot: /r'))).toBe(
    'pciem: the plugin pciem-plugin-x does not work: its files are gone (pciem plugins uninstall pciem-plugin-x)',
  );
});

test('any other warning', () => {
  expect(describeWarning(warning('DeprecationWarning', 'old'))).toBe('pciem: DeprecationWarning: old');
});
