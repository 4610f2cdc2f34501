import { FailingCommand } from '../failing-command.ts';

export class ProxySchemaCommand extends FailingCommand {
  static override summary = 'Print the JSON schema of rules, for editors.';

  static override examples = ['<%= config.bin %> proxy schema >rules.schema.json'];

  override async run(): Promise<void> {
    await this.parse(ProxySchemaCommand);
    const { rulesJsonSchema } = await import('../../proxy/rules/schema.ts');
    this.log(JSON.stringify(rulesJsonSchema(), undefined, 2));
  }
}
