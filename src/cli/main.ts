import { fileURLToPath } from 'node:url';
import { run } from '@oclif/core/run';
import { inertJson } from '../io/inert-in-ci.ts';
import { jsonSchemaVersion } from './base-command.ts';
import { errorDocument, normalizeError, renderError } from './render-error.ts';

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return (
    flags.includes('--json') ||
    flags.includes('--format=json') ||
    flags.some((flag, index) => flag === '--format' && flags[index + 1] === 'json')
  );
}

/** Runs one command line. Never throws: a failure is printed here, once, and becomes the exit code. */
export async function main(argv: string[], entryUrl: string): Promise<void> {
  // `aml-deit sku list | head` closes the pipe early: that is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // Nobody reads the progress any more: the work goes on, and its exit code says how it ended.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  // oclif asks the system for the user's shell where SHELL is not set, and fails for a user whom the system does not
  // know: a container's is often a mere number.
  if (process.platform !== 'win32') process.env['SHELL'] ??= '/bin/sh';
  try {
    await run(argv, fileURLToPath(entryUrl));
  } catch (thrown) {
    const exit = (thrown as { oclif?: { exit?: number } }).oclif?.exit;
    if (exit === 0) return;
    const error = normalizeError(thrown);
    if (wantsJson(argv)) {
      process.stdout.write(`${inertJson({ schemaVersion: jsonSchemaVersion, ...errorDocument(error) })}\n`);
    } else {
      process.stderr.write(renderError(error, process.env['AML_DEIT_DEBUG'] !== undefined));
    }
    process.exitCode = error.exitCode;
  }
}
