import type { Hook } from '@oclif/core';

/** oclif completes commands and flags: when it has written its scripts, names of devices are added to them. */
const hook: Hook<'postrun'> = async ({ Command, config }) => {
  if (!Command.id.startsWith('autocomplete')) return;
  const { addDeviceNames } = await import('../completion/device-names.ts');
  await addDeviceNames(config.cacheDir);
};

export default hook;
