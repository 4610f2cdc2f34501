import { AnalyzeCommand } from './analyze.ts';
import { CaptureCommand } from './capture.ts';
import { DevicesCommand } from './devices/index.ts';
import { DevicesShowCommand } from './devices/show.ts';
import { ExportCommand } from './export.ts';
import { KmodBuildCommand } from './kmod/build.ts';
import { KmodInstallCommand } from './kmod/install.ts';
import { KmodLoadCommand } from './kmod/load.ts';
import { KmodStatusCommand } from './kmod/status.ts';
import { KmodUnloadCommand } from './kmod/unload.ts';
import { MarkCommand } from './mark.ts';
import { ModelCheckCommand } from './model/check.ts';
import { ModelLearnCommand } from './model/learn.ts';
import { NewCommand } from './new.ts';
import { PluginsCommand } from './plugins/index.ts';
import { PluginsInspectCommand } from './plugins/inspect.ts';
import { PluginsInstallCommand } from './plugins/install.ts';
import { PluginsLinkCommand } from './plugins/link.ts';
import { PluginsResetCommand } from './plugins/reset.ts';
import { PluginsUninstallCommand } from './plugins/uninstall.ts';
import { PluginsUpdateCommand } from './plugins/update.ts';
import { ProxyModeCommand } from './proxy/mode.ts';
import { ProxySchemaCommand } from './proxy/schema.ts';
import { ProxyCommand } from './proxy.ts';
import { QueryCommand } from './query.ts';
import { ReplayCommand } from './replay.ts';
import { ReportCommand } from './report.ts';
import { RunCommand } from './run.ts';
import { SpinCommand } from './spin.ts';
import { WiresharkDoctorCommand } from './wireshark/doctor.ts';
import { WiresharkInstallCommand } from './wireshark/install.ts';
import { WiresharkOpenCommand } from './wireshark/open.ts';
import { WiresharkUninstallCommand } from './wireshark/uninstall.ts';

/** The commands by name: oclif does not have to search for them. */
export const COMMANDS = {
  analyze: AnalyzeCommand,
  export: ExportCommand,
  capture: CaptureCommand,
  devices: DevicesCommand,
  'devices:show': DevicesShowCommand,
  mark: MarkCommand,
  new: NewCommand,
  plugins: PluginsCommand,
  'plugins:inspect': PluginsInspectCommand,
  'plugins:install': PluginsInstallCommand,
  'plugins:link': PluginsLinkCommand,
  'plugins:reset': PluginsResetCommand,
  'plugins:uninstall': PluginsUninstallCommand,
  'plugins:update': PluginsUpdateCommand,
  proxy: ProxyCommand,
  'model:check': ModelCheckCommand,
  'model:learn': ModelLearnCommand,
  'proxy:mode': ProxyModeCommand,
  'proxy:schema': ProxySchemaCommand,
  replay: ReplayCommand,
  'kmod:build': KmodBuildCommand,
  'kmod:install': KmodInstallCommand,
  'kmod:load': KmodLoadCommand,
  'kmod:status': KmodStatusCommand,
  'kmod:unload': KmodUnloadCommand,
  query: QueryCommand,
  report: ReportCommand,
  run: RunCommand,
  spin: SpinCommand,
  'wireshark:doctor': WiresharkDoctorCommand,
  'wireshark:install': WiresharkInstallCommand,
  'wireshark:open': WiresharkOpenCommand,
  'wireshark:uninstall': WiresharkUninstallCommand,
};
