import { Command } from '@oclif/core/command';
import { boolean } from '@oclif/core/flags';
import { inertJson } from '../io/inert-in-ci.ts';
import { printableLines } from '../io/printable.ts';
import type { Host } from '../io/index.ts';
import { terminalHost } from './terminal-host.ts';
import { interruptSignal } from './interrupt.ts';

/** Version of the JSON documents that commands print with `--json`. */
export const jsonSchemaVersion = 1;

/**
 * What every command shares: `--json`, a host that reports to stderr, a signal that fires on Ctrl-C, and one way to
 * print a result. A command parses, calls one action, and hands the result to {@link BaseCommand.finish}.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: boolean({ description: 'print one JSON document on stdout and nothing else', helpGroup: 'GLOBAL' }),
  };

  #host: Host | undefined;

  /** Reports to stderr, so that stdout carries results only. */
  protected get host(): Host {
    this.#host ??= terminalHost();
    return this.#host;
  }

  /** Fires on the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  protected get signal(): AbortSignal {
    return interruptSignal();
  }

  /**
   * Prints the result: with `--json` as one document `{schemaVersion, ...result}`, otherwise what `render` returns,
   * with control characters and commands of CI services made harmless: models, files and services have their say in it.
   * `exitCode` is set, not thrown: findings with exit code 3 are a result, not an error.
   */
  protected finish<T extends object>(
    flags: { readonly json: boolean },
    result: T,
    render: (result: T) => string,
    exitCode = 0,
  ): void {
    const text = flags.json
      ? inertJson({ schemaVersion: jsonSchemaVersion, ...result })
      : printableLines(render(result));
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    process.exitCode = exitCode;
  }

  /** Errors are rendered in one place, by `main`. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
