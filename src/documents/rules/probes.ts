import type { Rule } from '../kinds/kind.ts';

const defaults = { period: 10, timeout: 2 } as const;

/** A probe that may take longer than the time between two. */
export const probeTimeoutRule: Rule = {
  name: 'probe-timeout',
  codes: ['probe-timeout'],
  check(document) {
    for (const probe of ['liveness_probe', 'readiness_probe']) {
      const given = document.sound(probe);
      if (typeof given !== 'object' || given === null) continue;
      const { period = defaults.period, timeout = defaults.timeout } = given as Partial<
        Record<'period' | 'timeout', unknown>
      >;
      // An alias may bring a value that is reported where it stands.
      if (typeof timeout !== 'number' || typeof period !== 'number' || timeout <= period) continue;
      const message = `${probe}.timeout is ${timeout}, longer than the period of ${period} from one probe to the next`;
      const at = Object.hasOwn(given, 'timeout') ? [probe, 'timeout'] : [probe, 'period'];
      document.info('probe-timeout', message, ...at);
    }
  },
};
