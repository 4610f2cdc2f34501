import { expect, test } from 'vitest';
import { parseDependencies } from './modules.ts';

test('a module comes after everything that it needs', () => {
  const dependencies = parseDependencies(
    'kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz\nkernel/net/9p/9pnet.ko.xz:\n',
  );
  expect(dependencies.get('9p')).toEqual([
    'kernel/fs/netfs/netfs.ko.xz',
    'kernel/net/9p/9pnet.ko.xz',
    'kernel/fs/9p/9p.ko.xz',
  ]);
  expect(dependencies.get('9pnet')).toEqual(['kernel/net/9p/9pnet.ko.xz']);
});

test('names use _ where files use -', () => {
  expect([...parseDependencies('a/virtio-foo.ko:\n').keys()]).toEqual(['virtio_foo']);
});
