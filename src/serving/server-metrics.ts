import { CounterByLabels, Histogram, gaugeLines } from './prometheus.ts';

/** What the server counts for `/metrics`. */
export interface ServerMetrics {
  answered(request: { readonly route: string; readonly status: string; readonly seconds: number }): void;
  /** Pictures of one request by what became of them. */
  pictures(outcome: 'scored' | 'refused', count: number): void;
  modelRestarted(): void;
  /** In Prometheus's text format; `gauges` is what is so at this moment. */
  text(gauges: {
    readonly isReady: boolean;
    readonly admittedPictures: number;
    readonly bodyBytes: number;
  }): string;
}

/** Seconds. A picture takes about a tenth of one on a core, a full request some ten. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createServerMetrics(): ServerMetrics {
  const startedAt = Date.now() / 1000 - process.uptime();
  const requests = new CounterByLabels('aml_deit_requests_total', 'Requests by route and status.');
  const durations = new Histogram(
    'aml_deit_request_duration_seconds',
    'From the head of a scoring request to the end of its answer.',
    durationBuckets,
  );
  const pictures = new CounterByLabels('aml_deit_pictures_total', 'Pictures by what became of them.');
  const restarts = new CounterByLabels(
    'aml_deit_model_restarts_total',
    "Starts of the model's process after it had ended.",
  );
  restarts.add({}, 0);
  return {
    answered({ route, status, seconds }) {
      requests.add({ route, status }, 1);
      if (route === '/score') durations.observe(seconds);
    },
    pictures: (outcome, count) => pictures.add({ outcome }, count),
    modelRestarted: () => restarts.add({}, 1),
    text({ isReady, admittedPictures, bodyBytes }) {
      const { user, system } = process.cpuUsage();
      const lines = [
        ...requests.lines(),
        ...durations.lines(),
        ...pictures.lines(),
        ...restarts.lines(),
        ...gaugeLines('aml_deit_ready', '1 while requests are scored, else 0.', isReady ? 1 : 0),
        ...gaugeLines('aml_deit_pictures_admitted', 'Pictures waiting or being scored.', admittedPictures),
        ...gaugeLines('aml_deit_body_bytes', 'Bytes of request bodies in memory.', bodyBytes),
        ...gaugeLines(
          'process_resident_memory_bytes',
          "Resident memory of the server's process, the model's not counted.",
          process.memoryUsage.rss(),
        ),
        ...gaugeLines('process_start_time_seconds', 'Start of the process since the epoch.', startedAt),
        ...gaugeLines(
          'process_cpu_seconds_total',
          "CPU of the server's process, the model's not counted.",
          (user + system) / 1e6,
          'counter',
        ),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}
