import { Flags } from '@oclif/core';
import { PURPOSES, type Purpose } from '../doctor/finding.ts';
import { FailingCommand } from './failing-command.ts';

export class DoctorCommand extends FailingCommand {
  static override summary = 'Say what this machine can do with pciem, and what to do about the rest.';

  static override description =
    `Looks at QEMU, KVM and kernels for --vm; at headers, module, permissions, Secure Boot and IOMMU for devices on this
machine's own bus; and at Wireshark.

The exit status is 1 if devices can be run neither way; with --for, if something that the purpose needs is missing.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'For a script: can this machine do --vm?', command: '<%= config.bin %> <%= command.id %> --for vm' },
    {
      description: 'What is missing, for a program',
      command: `<%= config.bin %> <%= command.id %> --json | jq '.findings[] | select(.status == "bad")'`,
    },
  ];

  static override flags = {
    for: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      options: [...PURPOSES],
      description: 'Look only at what this needs',
    }),
    json: Flags.boolean({ description: 'Print JSON' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(DoctorCommand);
    const purposes = (flags.for ?? PURPOSES) as readonly Purpose[];
    const [{ examineMachine }, { isReady }, { thisMachine }] = await Promise.all([
      import('../doctor/examine.ts'),
      import('../doctor/finding.ts'),
      import('../kmod/machine.ts'),
    ]);
    const findings = await examineMachine(thisMachine(), purposes);
    if (flags.json) {
      const ready = Object.fromEntries(purposes.map((purpose) => [purpose, isReady(purpose, findings)]));
      this.log(JSON.stringify({ ready, findings }, undefined, 2));
    } else {
      const { renderFindings } = await import('../doctor/render.ts');
      this.log(renderFindings(findings, purposes));
    }
    const isFine =
      flags.for === undefined
        ? isReady('vm', findings) || isReady('here', findings)
        : purposes.every((purpose) => isReady(purpose, findings));
    if (!isFine) this.exit(1);
  }
}
