import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareVersions, type WiresharkInstallation } from './installation.ts';
import { PROFILE } from './profile.ts';
import type { RunProgram } from './program.ts';
import { readReceipt } from './receipt.ts';

/** One thing that was looked at. */
export interface Finding {
  ok: boolean;
  text: string;
  /** What to do if it is not ok. */
  fix?: string;
}

/** From this version on, root gets no Lua scripts unless it asks for them. */
const NO_LUA_FOR_ROOT = '4.4';

/** Looks whether captures of pciem will be shown. */
export async function examine(
  wireshark: WiresharkInstallation,
  run: RunProgram,
  isRoot = process.getuid?.() === 0,
): Promise<Finding[]> {
  const receipt = await readReceipt(wireshark.configuration);
  const installed = Object.keys(receipt);
  return [
    { ok: true, text: `Wireshark ${wireshark.version}` },
    installedFinding(wireshark, installed),
    await dissectorFinding(wireshark, run, isRoot, installed.length > 0),
    await extcapFinding(wireshark, run),
    ...(await flatpakFindings(run)),
  ];
}

function installedFinding(wireshark: WiresharkInstallation, installed: readonly string[]): Finding {
  if (installed.length === 0) return { ok: false, text: 'Nothing is installed', fix: 'pciem wireshark install' };
  const missing = installed.filter((path) => !existsSync(path));
  if (missing.length > 0) {
    return { ok: false, text: `Missing: ${missing.join(', ')}`, fix: 'pciem wireshark install' };
  }
  const profile = join(wireshark.configuration, 'profiles', PROFILE);
  return { ok: true, text: `${installed.length} files in ${wireshark.luaPlugins} and ${profile}` };
}

/** Whether the dissector is loaded is asked of tshark: it says nothing when it refuses to load scripts. */
async function dissectorFinding(
  { version, globalLuaPlugins }: WiresharkInstallation,
  run: RunProgram,
  isRoot: boolean,
  isInstalled: boolean,
): Promise<Finding> {
  const protocols = await run('tshark', ['-G', 'protocols']);
  const complaint = /^.*\bLua\b.*(?:error|Error).*(?:\n.*)?/m.exec(protocols?.stderr ?? '')?.[0];
  if (protocols?.stdout.split('\n').some((line) => line.split('\t')[2] === 'pciem')) {
    if (complaint === undefined) return { ok: true, text: 'tshark loads the dissector' };
    return { ok: false, text: `tshark reports: ${complaint}`, fix: 'pciem wireshark install' };
  }
  if (complaint !== undefined) return { ok: false, text: `The dissector fails to load: ${complaint}` };
  if (isInstalled && isRoot && compareVersions(version, NO_LUA_FOR_ROOT) >= 0) {
    return {
      ok: false,
      text: `Wireshark ${version} loads no Lua script as root, and does not say so`,
      fix:
        'Run Wireshark as an ordinary user; or, for root, put the line run_user_scripts_when_superuser = true ' +
        `into ${join(globalLuaPlugins, 'init.lua')}`,
    };
  }
  return { ok: false, text: 'tshark does not load the dissector', fix: 'pciem wireshark install' };
}

async function extcapFinding({ version, extcap }: WiresharkInstallation, run: RunProgram): Promise<Finding> {
  const launcher = extcap.map((folder) => join(folder, 'pciem')).find((path) => existsSync(path));
  if (launcher === undefined) {
    const personal = compareVersions(version, NO_LUA_FOR_ROOT) < 0 ? ', which only root can write to' : '';
    return {
      ok: false,
      text: `Running devices are no interfaces of Wireshark: there is no ${join(extcap[0] ?? '', 'pciem')}${personal}`,
      fix: 'sudo pciem wireshark install; or capture with pciem capture and open the file',
    };
  }
  const answer = await run(launcher, ['--extcap-interfaces']);
  if (answer?.status !== 0 || !answer.stdout.startsWith('extcap ')) {
    return { ok: false, text: `${launcher} does not work: ${answer?.stderr.trim()}`, fix: 'pciem wireshark install' };
  }
  return { ok: true, text: `Running devices are interfaces of Wireshark: ${launcher}` };
}

/** The Wireshark of Flathub lives in a sandbox, with folders of its own. */
async function flatpakFindings(run: RunProgram): Promise<Finding[]> {
  const answer = await run('flatpak', ['info', 'org.wireshark.Wireshark']);
  if (answer?.status !== 0) return [];
  return [
    {
      ok: true,
      text:
        'There is a Wireshark from Flathub too. It does not see these folders or running devices; it shows files with ' +
        'flatpak run --filesystem=host org.wireshark.Wireshark -X lua_script:DISSECTOR FILE',
    },
  ];
}
