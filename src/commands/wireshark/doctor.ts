import { Flags } from '@oclif/core';
import { examine, type Finding } from '../../wireshark/doctor.ts';
import { findWireshark } from '../../wireshark/installation.ts';
import { runProgram } from '../../wireshark/program.ts';
import { FailingCommand } from '../failing-command.ts';

export class WiresharkDoctorCommand extends FailingCommand {
  static override summary = 'Say whether Wireshark will show captures of pciem, and what to do if not.';

  static override description = 'pciem doctor looks at the whole machine.';

  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(WiresharkDoctorCommand);
    const findings = await examine(await findWireshark(runProgram), runProgram);
    if (flags.json) this.log(JSON.stringify(findings, undefined, 2));
    else this.#show(findings);
    if (findings.some(({ ok }) => !ok)) this.exit(1);
  }

  #show(findings: readonly Finding[]): void {
    for (const { ok, text, fix } of findings) {
      this.log(`${ok ? 'ok  ' : 'FAIL'}  ${text}`);
      if (fix !== undefined) this.log(`      ${fix}`);
    }
  }
}
