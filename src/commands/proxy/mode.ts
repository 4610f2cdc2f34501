import { Args, Flags } from '@oclif/core';
import { ask, chooseProxy } from '../../proxy/control/client.ts';
import { MODES } from '../../proxy/core/source.ts';
import { FailingCommand } from '../failing-command.ts';

export class ProxyModeCommand extends FailingCommand {
  static override summary = 'Show or change the mode of a running proxy.';

  static override examples = [
    { description: 'Let rules and script answer from now on', command: '<%= config.bin %> proxy mode hook' },
    { description: 'Which mode is it in?', command: '<%= config.bin %> proxy mode' },
  ];

  static override args = {
    mode: Args.option({ options: MODES })({
      description: 'log: rules and script are left out; hook: they answer; step: stop at reads and ask',
    }),
  };

  static override flags = {
    pid: Flags.integer({ helpValue: 'N', description: 'Process of the proxy, if several run' }),
    json: Flags.boolean({ description: 'Print JSON' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProxyModeCommand);
    const path = await chooseProxy(flags.pid);
    const { mode } = args;
    const status = await ask(path, mode === undefined ? { type: 'status' } : { type: 'mode', mode });
    this.log(flags.json ? JSON.stringify(status) : `${status.name}: mode ${status.mode}`);
  }
}
