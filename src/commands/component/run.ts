import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { parseAssignments } from '../../cli/parse-assignments.ts';

export default class ComponentRun extends BaseCommand {
  static override summary = "Run a registry component's local stand-in as a process.";
  static override description = `What the local twin runs for a component of the registry: the component's own inputs and outputs, the work done on
this machine. Values come from --input and --output, or from AZURE_ML_INPUT_… and AZURE_ML_OUTPUT_…, as Azure ML hands
them to a command.`;
  static override examples = [
    '<%= config.bin %> component run transformers_image_classification_model_import --input mlflow_model=./model --output output_dir=./imported',
  ];
  static override args = {
    component: stringArg({ required: true, description: 'name of the component in the registry' }),
  };
  static override flags = {
    input: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'a value, or the path of data; may be repeated',
      helpValue: 'NAME=VALUE',
    }),
    output: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'where an output goes; may be repeated',
      helpValue: 'NAME=PATH',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ComponentRun);
    const { runComponent } = await import('../../actions/run-component.ts');
    const result = await runComponent({
      component: args.component,
      inputs: parseAssignments(flags.input ?? [], 'NAME=VALUE'),
      outputs: parseAssignments(flags.output ?? [], 'NAME=PATH'),
      // A log of what is done, not a result.
      onLine: (line) => process.stderr.write(`${line}\n`),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, ({ component, idle }) => (idle ? '' : `${component} is done`));
  }
}
