import { expect, test } from 'vitest';
import { parseSettings, settingsByLabel } from './settings.ts';

const one = (...assignments: string[]) => settingsByLabel(assignments, ['nvme']).get('nvme');

test('splits at the first =', () => {
  expect(one('size=64M', 'backing=a=b.img', 'empty=')).toEqual({ size: '64M', backing: 'a=b.img', empty: '' });
});

test.each([['size'], ['=64M']])('%s is not of the form key=value', (assignment) => {
  expect(() => one(assignment)).toThrow(`--set ${assignment}: not of the form key=value`);
});

test('a key given twice is refused', () => {
  expect(() => one('a=1', 'a=2')).toThrow('--set a=… is given twice');
  expect(() => one('a=1', 'nvme.a=2')).toThrow('--set nvme.a=… is given twice');
});

test('with several devices the label is in front', () => {
  const settings = settingsByLabel(['nvme.size=1G', 'nvme#2.size=2G', 'nvme#2.x.y=1'], ['nvme', 'nvme#2', 'edu']);
  expect([...settings]).toEqual([
    ['nvme', { size: '1G' }],
    ['nvme#2', { size: '2G', 'x.y': '1' }],
    ['edu', {}],
  ]);
  expect(() => settingsByLabel(['size=1G'], ['nvme', 'edu'])).toThrow('--set size=…: which of the devices is meant?');
});

test('of one device, keys may hold dots', () => {
  expect(parseSettings(['a.b=1', 'size=2'])).toEqual({ 'a.b': '1', size: '2' });
});
