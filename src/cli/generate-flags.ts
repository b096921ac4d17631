import { boolean, option, string } from '@oclif/core/flags';
import type { GenerateOptions } from '../actions/generate/generate-options.ts';

/** What every `generate` command has. */
export const generateFlags = {
  out: string({
    char: 'o',
    description: 'folder of the files; made if there is none',
    default: '.',
    helpValue: 'DIR',
  }),
  force: boolean({ description: 'replace files that are there with other content' }),
  'dry-run': boolean({ description: 'show what would be written as a diff, and write nothing' }),
  schemas: string({
    description: "folder of aml-deit's schemas as seen from the files, for the comment that editors read",
    helpValue: 'DIR',
  }),
};

/** For commands that make one file. */
export const stdoutFlag = {
  stdout: boolean({
    description: 'print the file instead of writing it',
    exclusive: ['json', 'dry-run', 'force'],
  }),
};

export const servingFlag = option({
  options: ['container', 'registry'] as const,
  description: "container: our scoring image; registry: the registry's MLflow model by reference, no image",
  default: 'container',
});

export const taskFlag = option({
  options: ['multiclass', 'multilabel'] as const,
  description: 'one label for each picture, or any number',
  default: 'multiclass',
});

interface ParsedGenerateFlags {
  readonly out: string;
  readonly force: boolean;
  readonly 'dry-run': boolean;
  readonly schemas: string | undefined;
  readonly stdout?: boolean;
}

export function generateOptions(flags: ParsedGenerateFlags): GenerateOptions {
  return {
    out: flags.out,
    force: flags.force,
    // What is printed is not written.
    dryRun: flags['dry-run'] || flags.stdout === true,
    ...(flags.schemas === undefined ? {} : { editorSchemas: flags.schemas }),
  };
}
