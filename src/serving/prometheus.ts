/** The text format of Prometheus, version 0.0.4: as much of it as the server's few metrics need. */

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

/** A counter with a value for each set of labels. The caller bounds the sets. */
export class CounterByLabels {
  readonly #name: string;
  readonly #help: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, value: number): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  lines(): string[] {
    return [
      ...head(this.#name, this.#help, 'counter'),
      ...Array.from(this.#values, ([labels, value]) => `${this.#name}${labels} ${value}`),
    ];
  }
}

export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.#bounds.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  lines(): string[] {
    let total = 0;
    const buckets = this.#counts.map((count, bucket) => {
      total += count;
      return `${this.#name}_bucket${labelText({ le: String(this.#bounds[bucket] ?? '+Inf') })} ${total}`;
    });
    return [
      ...head(this.#name, this.#help, 'histogram'),
      ...buckets,
      `${this.#name}_sum ${this.#sum}`,
      `${this.#name}_count ${total}`,
    ];
  }
}

export function gaugeLines(
  name: string,
  help: string,
  value: number,
  type: 'gauge' | 'counter' = 'gauge',
): string[] {
  return [...head(name, help, type), `${name} ${value}`];
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join()}}`;
}
