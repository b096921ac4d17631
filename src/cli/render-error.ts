import { AmlDeitError, errorMessage, redact } from '../errors/index.ts';
import { printableLines } from '../io/index.ts';

interface OclifError {
  readonly oclif?: { readonly exit?: number };
}

/** Everything that can be thrown, as our one error class. What oclif's parser throws is a usage error. */
export function normalizeError(error: unknown): AmlDeitError {
  if (error instanceof AmlDeitError) return error;
  if (error instanceof Error && 'oclif' in error) {
    const exit = (error as OclifError).oclif?.exit;
    // oclif's messages begin with a capital and end in "See more help with --help".
    const message = redact(error.message).replace(/\n?See more help with --help\s*$/, '');
    if (exit === 2 || exit === 127) {
      return new AmlDeitError('USAGE', message.charAt(0).toLowerCase() + message.slice(1), {
        hint: 'see the same command with --help',
        cause: error,
      });
    }
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new AmlDeitError('INTERRUPTED', 'interrupted', { cause: error });
  }
  return new AmlDeitError('INTERNAL', errorMessage(error), {
    hint: 'this is a defect of aml-deit; AML_DEIT_DEBUG=1 prints where it happened',
    cause: error,
  });
}

/** `{error: {code, message, hint, details}}`: what `--json` prints on stdout for a failure. */
export function errorDocument(error: AmlDeitError): object {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  };
}

/** The same for people: the cause in the first line, then the hint, then the containers' logs where there are any. */
export function renderError(error: AmlDeitError, debug: boolean): string {
  const lines = [`error ${error.code}: ${error.message}`];
  if (error.hint !== undefined) lines.push(`  ${error.hint}`);
  for (const log of containerLogs(error.details?.['logs'])) {
    lines.push(
      `  log of ${log.container}, last ${log.lines.length} lines:`,
      ...log.lines.map((line) => `    ${line.replaceAll('\n', ' ')}`),
    );
  }
  if (debug) {
    const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : '';
    lines.push(redact(error.stack ?? ''), redact(cause));
  }
  return printableLines(`${lines.filter((line) => line !== '').join('\n')}\n`);
}

interface ContainerLog {
  readonly container: string;
  readonly lines: readonly string[];
}

/** `details.logs` of a failed deployment. */
function containerLogs(value: unknown): readonly ContainerLog[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry: Partial<ContainerLog> | null): entry is ContainerLog =>
    Array.isArray(entry?.lines),
  );
}
