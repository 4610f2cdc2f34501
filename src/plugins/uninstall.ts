import { resolve } from 'node:path';
import { UsageFailure } from '../errors.ts';
import { forgetOthers } from './install.ts';
import { runNpm } from './npm.ts';
import { type PluginNote, PluginStore } from './store.ts';

/** Removes a plugin, or forgets a linked one. Returns its full name. */
export async function uninstallPlugin(input: string): Promise<string> {
  const store = new PluginStore();
  const note = findNote(input, await store.plugins());
  if (note.type === 'user') {
    await runNpm(['uninstall', note.name], { cwd: store.directory, allowScripts: false });
    await forgetOthers(store, note.name);
  }
  await store.remove(note.name);
  return note.name;
}

/** The installed plugin that the user means: by its name, its short name, or the directory of a linked one. */
export function findNote(input: string, plugins: readonly PluginNote[]): PluginNote {
  const names = [input, `@pciem/plugin-${input}`];
  const found =
    plugins.find(({ name }) => names.includes(name)) ??
    plugins.find(({ root }) => root !== undefined && root === resolve(input));
  if (found !== undefined) return found;
  throw new UsageFailure(`No plugin ${input} is installed`, [
    plugins.length === 0
      ? 'None is: the official plugins are part of pciem and stay'
      : `Installed: ${plugins.map(({ name }) => name).join(', ')}`,
  ]);
}
