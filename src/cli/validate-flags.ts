import { boolean, integer, option, string } from '@oclif/core/flags';
import { outputFormats } from '../documents/output-formats.ts';

/** What `validate` takes: what is checked, how it is judged, how findings are printed. */
export const validateFlags = {
  format: option({
    description: 'how findings are printed; --json is --format json',
    options: outputFormats,
    default: 'text',
  })(),
  output: string({
    char: 'o',
    description: 'write what --format says to this file, and text to stdout',
    helpValue: 'FILE',
  }),
  'max-warnings': integer({ description: 'fail when there are more warnings than this', min: 0 }),
  fix: boolean({ description: 'repair what has one right answer, in place' }),
  'dry-run': boolean({
    description: 'with --fix: show what would change as a diff, and write nothing',
    dependsOn: ['fix'],
  }),
  kind: string({
    description: 'check every file as this kind, whatever it looks like, such as managedOnlineDeployment',
  }),
  card: boolean({
    description: "hold VM sizes against the card's allow-lists, whatever model a document names",
  }),
  complete: boolean({
    description: 'nothing is supplied later: a missing name or size is an error, not a warning',
  }),
  'as-of': string({
    description: 'judge the lifecycle of VM sizes by this day instead of today',
    helpValue: 'YYYY-MM-DD',
  }),
};
