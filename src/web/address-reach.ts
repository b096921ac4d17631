import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * `public`: anybody's. `private`: of this machine or its networks. `never`: what no picture is fetched from, whatever is
 * allowed: the platform's metadata services, link-local, multicast, reserved and documentation ranges, and every IPv6
 * form that carries an IPv4 address inside.
 */
export type Reach = 'public' | 'private' | 'never';

export interface AddressReach {
  readonly reach: Reach;
  /** What the address is part of: `loopback`, `Teredo`; empty for public ones. */
  readonly range: string;
}

/**
 * The special-purpose registries of IANA (RFC 6890 and its successors), and what clouds answer on. The first that fits
 * decides, so single addresses stand before the ranges around them.
 */
const ranges: readonly (readonly [subnet: string, reach: Reach, range: string])[] = [
  ['168.63.129.16/32', 'never', "Azure's platform address"],
  ['100.100.100.200/32', 'never', 'metadata service'],
  ['192.0.0.192/32', 'never', 'metadata service'],
  ['fd00:ec2::/32', 'never', 'metadata service'],
  ['fd20:ce::254/128', 'never', 'metadata service'],
  ['169.254.0.0/16', 'never', 'link-local, metadata service'],
  ['0.0.0.0/8', 'never', 'this network'],
  ['10.0.0.0/8', 'private', 'private'],
  ['100.64.0.0/10', 'private', 'shared by a carrier'],
  ['127.0.0.0/8', 'private', 'loopback'],
  ['172.16.0.0/12', 'private', 'private'],
  ['192.168.0.0/16', 'private', 'private'],
  ['192.0.0.0/24', 'never', 'protocol assignments'],
  ['192.0.2.0/24', 'never', 'documentation'],
  ['192.31.196.0/24', 'never', 'AS112'],
  ['192.52.193.0/24', 'never', 'AMT'],
  ['192.88.99.0/24', 'never', '6to4 relay'],
  ['192.175.48.0/24', 'never', 'AS112'],
  ['198.18.0.0/15', 'never', 'benchmarking'],
  ['198.51.100.0/24', 'never', 'documentation'],
  ['203.0.113.0/24', 'never', 'documentation'],
  ['224.0.0.0/4', 'never', 'multicast'],
  ['240.0.0.0/4', 'never', 'reserved'],
  ['::1/128', 'private', 'loopback'],
  ['fc00::/7', 'private', 'unique local'],
  ['::/128', 'never', 'unspecified'],
  ['::ffff:0:0/96', 'never', 'IPv4-mapped'],
  ['::ffff:0:0:0/96', 'never', 'IPv4-translated'],
  ['::/96', 'never', 'IPv4-compatible'],
  ['64:ff9b::/96', 'never', 'NAT64'],
  ['64:ff9b:1::/48', 'never', 'NAT64'],
  ['100::/64', 'never', 'discard'],
  ['fe80::/10', 'never', 'link-local'],
  ['fec0::/10', 'never', 'site-local'],
  ['ff00::/8', 'never', 'multicast'],
  ['2001::/32', 'never', 'Teredo'],
  ['2001::/23', 'never', 'protocol assignments'],
  ['2001:db8::/32', 'never', 'documentation'],
  ['2002::/16', 'never', '6to4'],
  ['2620:4f:8000::/48', 'never', 'AS112'],
  ['3fff::/20', 'never', 'documentation'],
];

interface Range extends AddressReach {
  readonly family: 'ipv4' | 'ipv6';
  readonly list: BlockList;
}

const lists: readonly Range[] = ranges.map(([subnet, reach, range]) => {
  const [network = '', prefix] = subnet.split('/');
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return { family, list, reach, range };
});

/** The only part of IPv6 that is given out for public use. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** An interface identifier of ISATAP: an IPv4 address behind any prefix. */
const isatap = /:(?:0?200:|0:)?5efe:[\da-f]{1,4}:[\da-f]{1,4}$/;

/** What an IP address can be reached as; a text that is no address is `never`. */
export function addressReach(address: string): AddressReach {
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  if (family === undefined || address.includes('%')) return { reach: 'never', range: 'no plain address' };
  const found = lists.find((range) => range.family === family && range.list.check(address, family));
  if (found !== undefined) return { reach: found.reach, range: found.range };
  if (family === 'ipv4') return { reach: 'public', range: '' };
  if (!globalUnicast.check(address, 'ipv6')) return { reach: 'never', range: 'not given out' };
  // In the one form that URLs have: lower-case groups without leading zeros.
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  return isatap.test(plain) ? { reach: 'never', range: 'ISATAP' } : { reach: 'public', range: '' };
}
