import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { execa } from 'execa';
import { checkApiVersion, type PluginManifest, readManifest } from '../devices/manifest.ts';
import { Failure } from '../errors.ts';

/** Unpacks a tarball as npm will, into a directory that is made, and checks that it is a plugin for this pciem. */
export async function inspectTarball(tarball: string, directory: string): Promise<PluginManifest> {
  await mkdir(directory);
  const { failed, stderr } = await execa('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1'], {
    reject: false,
  });
  if (failed) throw new Failure(`${tarball} is not a tarball of a package: ${stderr.trim()}`);
  return inspectPlugin(directory, true);
}

/** Checks that a package is a plugin for this pciem. `isCopied`: it will be under node_modules. */
export function inspectPlugin(root: string, isCopied: boolean): PluginManifest {
  const packageFile = join(root, 'package.json');
  if (!existsSync(packageFile)) throw new Failure(`${root} has no package.json`);
  const manifest = readManifest(packageFile);
  if (manifest.name === '') throw new Failure(`${packageFile} has no name`);
  checkApiVersion(manifest);
  if (manifest.devices.length === 0 && !manifest.hasCommands) {
    throw new Failure(`${manifest.name} is no plugin of pciem: its package.json lists no device and no command`, [
      'A plugin has "pciem": {"apiVersion": 1, "devices": [{"name": "…", "entry": "./dist/device.js", "summary": "…"}]}',
    ]);
  }
  for (const { name, entry } of manifest.devices) checkEntry(manifest.name, name, root, entry, isCopied);
  return manifest;
}

function checkEntry(plugin: string, device: string, root: string, entry: string, isCopied: boolean): void {
  const shown = relative(root, entry);
  if (shown.startsWith('..'))
    throw new Failure(`${plugin}: the entry of ${device}, ${shown}, is outside of the package`);
  if (!existsSync(entry)) {
    throw new Failure(`${plugin} has no ${shown}, the entry of its device ${device}`, [
      'If it is yours: npm install && npm run build',
      'Its author has to build it before it is packed, and to name the file in "files" of package.json',
      'From git: --allow-scripts lets it build itself (its "prepare" script)',
    ]);
  }
  if (isCopied && /^\.[cm]?ts$/.test(extname(entry))) {
    throw new Failure(
      `${plugin}: the entry of ${device}, ${shown}, is TypeScript, which Node runs only outside of node_modules`,
      ['Build it to JavaScript before it is packed; or use it where it is: pciem plugins link DIRECTORY'],
    );
  }
}
