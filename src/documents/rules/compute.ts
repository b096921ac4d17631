import type { Rule } from '../kinds/kind.ts';

export const clusterScaleRule: Rule = {
  name: 'cluster-scale',
  codes: ['cluster-scale'],
  check(document) {
    const min = document.sound('min_instances');
    const max = document.sound('max_instances');
    if (typeof max !== 'number') return;
    if (max < 1) {
      const message = `max_instances is ${max}: a cluster without nodes runs no job`;
      document.warning('cluster-scale', message, 'max_instances');
    } else if (typeof min === 'number' && min > max) {
      const message = `min_instances is ${min}, more than max_instances, which is ${max}`;
      document.error('cluster-scale', message, 'min_instances');
    }
  },
};

/** Below this many seconds somebody meant minutes. */
const shortestIdleTime = 60;

export const idleTimeRule: Rule = {
  name: 'idle-time',
  codes: ['idle-time'],
  check(document) {
    const seconds = document.sound('idle_time_before_scale_down');
    if (typeof seconds !== 'number' || seconds >= shortestIdleTime) return;
    const message = `idle_time_before_scale_down is ${seconds}, which counts seconds: nodes leave between one job and the next`;
    document.info('idle-time', message, 'idle_time_before_scale_down');
  },
};
