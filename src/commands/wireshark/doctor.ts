import { examine } from '../../wireshark/doctor.ts';
import { findWireshark } from '../../wireshark/installation.ts';
import { runProgram } from '../../wireshark/program.ts';
import { FailingCommand } from '../failing-command.ts';

export class WiresharkDoctorCommand extends FailingCommand {
  static override summary = 'Say whether Wireshark will show captures of pciem, and what to do if not.';

  override async run(): Promise<void> {
    await this.parse(WiresharkDoctorCommand);
    const findings = await examine(await findWireshark(runProgram), runProgram);
    for (const { ok, text, fix } of findings) {
      this.log(`${ok ? 'ok  ' : 'FAIL'}  ${text}`);
      if (fix !== undefined) this.log(`      ${fix}`);
    }
    if (findings.some(({ ok }) => !ok)) this.exit(1);
  }
}
