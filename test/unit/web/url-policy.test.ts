import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNamedHost, parseUrlPolicy } from '../../../src/web/url-policy.ts';
import { addressReach } from '../../../src/web/address-reach.ts';

describe('AML_DEIT_URLS', () => {
  it.each([undefined, '', ' ', 'public'])('is public for %j', (text) => {
    expect(parseUrlPolicy(text)).toEqual({ allowsPublic: true, hosts: [] });
  });

  it('switches web addresses off', () => {
    expect(parseUrlPolicy('off')).toEqual({ allowsPublic: false, hosts: [] });
    expect(parseUrlPolicy(' OFF ')).toEqual(parseUrlPolicy('off'));
    expect(parseUrlPolicy('Public')).toEqual(parseUrlPolicy('public'));
  });

  it('names hosts, with or without a port, beside public ones or alone', () => {
    expect(parseUrlPolicy('Pictures.internal, 10.1.2.3:08080,[::1]:9000 , public')).toEqual({
      allowsPublic: true,
      hosts: [
        { hostname: 'pictures.internal', port: undefined },
        { hostname: '10.1.2.3', port: '8080' },
        { hostname: '::1', port: '9000' },
      ],
    });
    expect(parseUrlPolicy('a.example').allowsPublic).toBe(false);
  });

  it.each(['off,public', 'http://a.example', 'a b', 'a.example/x', ',', 'a:99999', '*', 'user@a.example'])(
    'refuses %j',
    (text) => {
      expect(() => parseUrlPolicy(text)).toThrow(
        expect.objectContaining({ code: 'SERVING_CONFIG_INVALID', exitCode: 3 }) as Error,
      );
    },
  );

  it.each([
    ['http://a.example/', true],
    ['https://A.EXAMPLE./', true],
    ['http://a.example:8080/', true],
    ['http://b.example:81/', true],
    ['http://b.example/', false],
    ['http://x.a.example/', false],
    ['http://a.example.evil.test/', false],
    ['https://c.example/', true],
    ['http://c.example/', false],
  ])('means %s: %s', (url, isNamed) => {
    expect(isNamedHost(parseUrlPolicy('a.example,b.example:81,c.example:443'), new URL(url))).toBe(isNamed);
  });
});

describe('the reach of an address', () => {
  it.each([
    '8.8.8.8',
    '1.0.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '223.255.255.254',
  ])('is public for %s', (address) => {
    expect(addressReach(address)).toEqual({ reach: 'public', range: '' });
  });

  it.each(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '2003::1'])(
    'is public for %s',
    (address) => {
      expect(addressReach(address)).toEqual({ reach: 'public', range: '' });
    },
  );

  it.each(['x', '', '1.2.3', '1.2.3.4.5', '::ffff', 'fe80::1%eth0', '1.2.3.4%1', '4000::1', '5f00::1'])(
    'is none for %j',
    (address) => {
      expect(addressReach(address).reach).toBe('never');
    },
  );

  it('is none for any IPv4 address inside an IPv6 one', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.constantFrom('::ffff:', '::ffff:0:', '::', '64:ff9b::'),
        (address, prefix) => {
          expect(addressReach(prefix + address).reach).not.toBe('public');
          const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
          const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
          expect(addressReach(`2002:${groups}::1`).reach).toBe('never');
          expect(addressReach(`2a00:1450::5efe:${groups}`).reach).toBe('never');
        },
      ),
    );
  });

  it('is known for any text, and public for none that is no address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        const { reach, range } = addressReach(text);
        expect(['public', 'private', 'never']).toContain(reach);
        expect(range === '').toBe(reach === 'public');
      }),
    );
  });
});
