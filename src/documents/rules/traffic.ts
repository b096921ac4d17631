import type { Rule } from '../kinds/kind.ts';

export const trafficSumRule: Rule = {
  name: 'traffic-sum',
  codes: ['traffic-sum'],
  check(document) {
    const traffic = document.sound('traffic') as Readonly<Record<string, number>> | undefined;
    if (traffic === undefined) return;
    const sum = Object.values(traffic).reduce((total, share) => total + share, 0);
    if (sum === 0 || sum === 100) return;
    const shares = Object.entries(traffic).map(([name, share]) => {
      const node = document.nodeAt('traffic', name);
      const isCut = node?.kind === 'scalar' && node.scalar.type === 'float' && node.scalar.value !== share;
      return isCut ? `${name} ${node.source}, read as ${share}` : `${name} ${share}`;
    });
    document.withdraw('number-truncated', 'traffic');
    const message = `traffic sums to ${sum} (${shares.join(', ')}): expected 0 or 100`;
    document.error('traffic-sum', message, 'traffic');
  },
};

export const mirrorTrafficRule: Rule = {
  name: 'mirror-traffic',
  codes: ['mirror-traffic'],
  check(document) {
    const mirror = document.sound('mirror_traffic') as Readonly<Record<string, number>> | undefined;
    const names = Object.entries(mirror ?? {}).flatMap(([name, share]) => (share === 0 ? [] : [name]));
    if (names.length < 2) return;
    const message = `mirror_traffic names ${names.join(', ')}: expected one deployment`;
    document.error('mirror-traffic', message, 'mirror_traffic');
  },
};

/** A deployment answers requests or listens to copies of them. */
export const mirrorAndLiveRule: Rule = {
  name: 'mirror-and-live',
  codes: ['mirror-and-live'],
  check(document) {
    const mirror = document.sound('mirror_traffic') as Readonly<Record<string, number>> | undefined;
    for (const [name, share] of Object.entries(mirror ?? {})) {
      const live = document.sound('traffic', name);
      if (share === 0 || typeof live !== 'number' || live === 0) continue;
      const message = `mirror_traffic.${name} is ${share}, but ${name} takes ${live} % of the requests: a deployment has the one or the other`;
      document.warning('mirror-and-live', message, 'mirror_traffic', name);
    }
  },
};
