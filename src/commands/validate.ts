import { string as stringArg } from '@oclif/core/args';
import type { FixOptions, FixResult } from '../actions/fix-documents.ts';
import type { ValidateOptions, ValidateResult } from '../actions/validate-documents.ts';
import type { OutputFormat, Report } from '../documents/index.ts';
import { AmlDeitError, exitCodes } from '../errors/index.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { parseDay } from '../cli/parse-day.ts';
import { repositoryRoot } from '../cli/repository-root.ts';
import { useColor } from '../cli/use-color.ts';
import { validateFlags } from '../cli/validate-flags.ts';

export default class Validate extends BaseCommand {
  static override summary =
    'Check Azure ML YAML documents by their schema, by rules, and against each other.';
  static override description = `Each document is checked as the kind that its $schema names, or that it looks like. Folders are searched for
.yml and .yaml files; what is no document of Azure ML in them is skipped. Exit code 3 when there is an error, or more warnings than --max-warnings allows.`;
  static override examples = [
    '<%= config.bin %> validate',
    '<%= config.bin %> validate deploy/endpoint.yml "jobs/**/*.yml" --format github',
    '<%= config.bin %> validate deploy --format sarif --output aml-deit.sarif --max-warnings 0',
    '<%= config.bin %> validate deploy --fix --dry-run',
    'cat deployment.yml | <%= config.bin %> validate - --complete',
  ];
  static override args = {
    path: stringArg({
      description: 'file, folder, pattern, or - for standard input; the working directory when left out',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = validateFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Validate);
    if (flags.json && flags.format !== 'text' && flags.format !== 'json' && flags.output === undefined) {
      throw new AmlDeitError(
        'USAGE',
        `--json and --format ${flags.format} both say how to print: expected one`,
        {
          hint: 'write the other to a file with --output FILE',
        },
      );
    }
    const asOf = flags['as-of'] === undefined ? undefined : parseDay(flags['as-of']);
    const options: FixOptions = {
      host: this.host,
      signal: this.signal,
      stdin: readStandardInput,
      card: flags.card,
      complete: flags.complete,
      ...(args.path === undefined || args.path.length === 0 ? {} : { paths: args.path }),
      ...(flags.kind === undefined ? {} : { kind: flags.kind }),
      ...(asOf === undefined ? {} : { asOf }),
    };
    const result = await (flags.fix ? fix({ ...options, dryRun: flags['dry-run'] }) : check(options));
    const report: Report = {
      files: result.files.filter(({ status, diagnostics }) => status !== 'skipped' || diagnostics.length > 0),
      skipped: result.files.filter(
        ({ status, diagnostics }) => status === 'skipped' && diagnostics.length === 0,
      ).length,
      // As text a repair is told on stderr when it is made; a diff is shown of what would be.
      ...(result.fixes === undefined || !(flags.json || flags.format === 'json' || flags['dry-run'])
        ? {}
        : { fixes: result.fixes }),
      ...(flags['max-warnings'] === undefined ? {} : { maxWarnings: flags['max-warnings'] }),
    };
    await this.#print(report, flags);
  }

  /** Prints the report; with `--output` the format goes to the file, and text, or JSON with `--json`, to stdout. */
  async #print(
    report: Report,
    {
      format,
      json,
      output,
    }: { readonly format: OutputFormat; readonly json: boolean; readonly output?: string | undefined },
  ): Promise<void> {
    const { formatReport, passes } = await import('../documents/index.ts');
    const workingDirectory = process.cwd();
    const options = { workingDirectory, root: repositoryRoot(workingDirectory, process.env) };
    const wanted = json && format === 'text' ? 'json' : format;
    let shown = wanted;
    if (output !== undefined) {
      const { writeOutput } = await import('../cli/write-output.ts');
      writeOutput(output, await formatReport(wanted, report, options));
      shown = 'text';
    }
    const color = useColor(process.stdout.isTTY, process.env);
    process.stdout.write(await formatReport(json ? 'json' : shown, report, { ...options, color }));
    process.exitCode = passes(report) ? 0 : exitCodes.invalid;
  }
}

async function check(options: ValidateOptions): Promise<ValidateResult & Partial<FixResult>> {
  const { validateDocuments } = await import('../actions/validate-documents.ts');
  return validateDocuments(options);
}

async function fix(options: FixOptions): Promise<FixResult> {
  const { fixDocuments } = await import('../actions/fix-documents.ts');
  return fixDocuments(options);
}

/** Far above any document: the rest is not read. */
const maxStandardInput = 16 * 1024 * 1024 + 1;

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxStandardInput) break;
  }
  return Buffer.concat(chunks).subarray(0, maxStandardInput);
}
