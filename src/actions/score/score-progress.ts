import type { Host } from '../../io/index.ts';
import type { MetricsLogger, Shard } from '../../serving/batch/index.ts';

const textEveryMs = 10_000;

interface ReporterOptions {
  readonly host: Host;
  readonly began: number;
  readonly kept: number;
  readonly shard: Shard;
  readonly metrics: MetricsLogger | undefined;
}

/** Amounts at each report; a new text, for logs, and metrics only now and then. */
export function scoreProgress({ host, began, kept, shard, metrics }: ReporterOptions) {
  let text = 'scoring';
  let textAt = began;
  let logging: Promise<void> = Promise.resolve();
  const prefix = shard.worldSize === 1 ? '' : `rank_${shard.rank}/`;
  const metricsOf = ({ rows, errors }: { rows: number; errors: number }): Record<string, number> => ({
    [`${prefix}pictures`]: rows,
    [`${prefix}errors`]: errors,
    [`${prefix}pictures_per_second`]: (rows - kept) / ((performance.now() - began) / 1000),
  });
  return {
    report(progress: {
      readonly rows: number;
      readonly errors: number;
      readonly total: number | undefined;
    }): void {
      const { rows, errors, total } = progress;
      const now = performance.now();
      if (now - textAt > textEveryMs) {
        textAt = now;
        const rate = (rows - kept) / ((now - began) / 1000);
        text = `scoring: ${rows}${total === undefined ? '' : ` of ${total}`}, ${rate.toFixed(1)}/s${errors === 0 ? '' : `, ${errors} failed`}`;
        if (metrics !== undefined) logging = logging.then(() => metrics.log(metricsOf(progress), rows));
      }
      host.progress({
        id: 'score',
        text,
        state: 'running',
        current: rows,
        ...(total === undefined ? {} : { total }),
        unit: 'images',
      });
    },
    async end(state: { readonly rows: number; readonly errors: number }): Promise<void> {
      host.progress({ id: 'score', text: 'scored', state: 'done', current: state.rows, unit: 'images' });
      await logging;
      await metrics?.log(metricsOf(state), state.rows);
    },
  };
}
