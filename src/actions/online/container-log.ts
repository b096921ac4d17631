import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError, redact } from '../../errors/index.ts';

export interface ContainerLogTail {
  readonly container: 'StorageInitializer' | 'InferenceServer';
  readonly lines: readonly string[];
}

const tailLines = { StorageInitializer: 20, InferenceServer: 40 } as const;
const maxLineLength = 2_000;

/** The ends of a deployment's logs; what cannot be had is left out, for a log must never hide the cause. */
export async function readLogTails(
  aml: AzureMl,
  endpoint: string,
  deployment: string,
  call: CallOptions,
): Promise<readonly ContainerLogTail[]> {
  const read = async (container: ContainerLogTail['container']): Promise<readonly string[]> => {
    try {
      const content = await aml.onlineDeployments.getLogs(
        endpoint,
        deployment,
        { containerType: container, tail: tailLines[container] },
        call,
      );
      return content
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .slice(-tailLines[container])
        .map((line) => redact(line.slice(0, maxLineLength)));
    } catch (error) {
      if (error instanceof AmlDeitError && error.code === 'INTERRUPTED') throw error;
      return [];
    }
  };
  return chooseTails(await read('InferenceServer'), await read('StorageInitializer'));
}

/** The container's log comes first; what fetched the model is of interest when it failed, or nothing else says why. */
export function chooseTails(
  server: readonly string[],
  initializer: readonly string[],
): readonly ContainerLogTail[] {
  // Above this line the platform says where the instances stand; the twin's own lines are no words of the container.
  const own = server
    .slice(server.indexOf('Container logs:') + 1)
    .filter((line) => !line.startsWith('[local twin]'));
  const failed = initializer.some((line) => /\b(?:error|failed|failure|exception)\b/i.test(line));
  const tails: ContainerLogTail[] = [
    { container: 'InferenceServer', lines: server },
    { container: 'StorageInitializer', lines: failed || own.length === 0 ? initializer : [] },
  ];
  return tails.filter(({ lines }) => lines.length > 0);
}

/** The container's own last word on what went wrong: the newest JSON line of level error, of the first log with one. */
export function causeInLogs(tails: readonly ContainerLogTail[]): string | undefined {
  for (const line of tails.flatMap((tail) => tail.lines.toReversed())) {
    if (!line.trimStart().startsWith('{')) continue;
    try {
      const entry = JSON.parse(line) as Record<string, unknown>;
      const { level } = entry;
      const text = entry['message'] ?? entry['msg'];
      if (isErrorLevel(level) && typeof text === 'string' && text !== '') return text;
    } catch {
      // Not JSON after all.
    }
  }
  return undefined;
}

/** A word, or pino's number. */
function isErrorLevel(level: unknown): boolean {
  return typeof level === 'number'
    ? level >= 50
    : typeof level === 'string' && /^(?:error|fatal|critical)$/i.test(level);
}
