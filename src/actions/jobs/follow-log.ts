import type { AzureMl, CallOptions } from '../../azure/index.ts';

/** Of the first process: several write the same. In the order in which clients of Azure ML look for them. */
const logPatterns = [/^user_logs\/std_log\D*0*(?:_ps)?\.txt$/, /^azureml-logs\/\d{2}.+\.txt$/];

/** The log of a command that people want to see, among a run's logs; undefined when it has none yet. */
export function mainLog(logFiles: Readonly<Record<string, string>> | null | undefined): string | undefined {
  const names = Object.keys(logFiles ?? {}).toSorted();
  for (const pattern of logPatterns) {
    const found = names.find((name) => pattern.test(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

const partBytes = 256 << 10;
const tailBytes = 4 << 10;
/** A line longer than this is cut: a log may be one line of anything. */
const maxLineBytes = 16 << 10;

/** Reads a log that grows, whole lines only, each byte once. */
export interface LogFollower {
  /** Lines that have come since the last time. With `final` also a last one without its end. */
  next(url: string, options: CallOptions & { readonly final?: boolean }): Promise<readonly string[]>;
}

/** `fromTail`: the log has been growing before we came, and only its end is of interest. */
export function followLog(aml: AzureMl, options: { readonly fromTail: boolean }): LogFollower {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skipFirst = false;
  let started = !options.fromTail;
  return {
    async next(url, { final = false, ...call }) {
      const lines: string[] = [];
      for (;;) {
        const part = started
          ? await aml.runs.readLog(url, { from: offset, maxBytes: partBytes }, call)
          : await aml.runs.readLog(url, { tailBytes }, call);
        if (!started) {
          started = true;
          // It begins somewhere within a line.
          skipFirst = part.nextOffset > part.bytes.length;
        }
        offset = part.nextOffset;
        const all = Buffer.concat([rest, part.bytes]);
        const end = all.lastIndexOf(0x0a);
        const isLast = part.bytes.length < partBytes;
        const cut =
          final && isLast ? all.length : all.length > maxLineBytes && end < 0 ? all.length : end + 1;
        rest = all.subarray(cut);
        const text = all.subarray(0, cut).toString('utf8');
        if (text !== '') {
          const whole = (text.endsWith('\n') ? text.slice(0, -1) : text).split(/\r?\n/);
          if (skipFirst) whole.shift();
          skipFirst = false;
          lines.push(...whole);
        }
        if (isLast) return lines;
      }
    },
  };
}

/** The last lines of a log. */
export async function logTail(
  aml: AzureMl,
  url: string,
  maxLines: number,
  call: CallOptions,
): Promise<readonly string[]> {
  const follower = followLog(aml, { fromTail: true });
  return (await follower.next(url, { ...call, final: true })).slice(-maxLines);
}
