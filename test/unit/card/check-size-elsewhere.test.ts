import { describe, expect, it } from 'vitest';
import { checkSizeElsewhere, vmSizes } from '../../../src/card/index.ts';

function check(name: string, day = '2026-11-23', managedOnline = false): string[] {
  return checkSizeElsewhere(name, { asOf: new Date(day), managedOnline }).map(
    ({ severity, code }) => `${severity} ${code.replace('sku-', '')}`,
  );
}

describe('checkSizeElsewhere', () => {
  it.each([
    ['Standard_D4s_v5', []],
    // The card neither lists it nor would it suffice: elsewhere that is no matter.
    ['Standard_D2as_v4', []],
    ['STANDARD_NC6S_V3', ['warning retired']],
    ['Standard_DS3_v2', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_D4as_v44', ['warning unknown']],
    ['Standard_DS3v2', ['warning unknown']],
    ['DS3_v2', ['warning unknown']],
    ['gpu-cluster', ['warning unknown']],
  ])('%s: %j', (name, expected) => {
    expect(check(name)).toEqual(expected);
  });

  it.each([
    ['Standard_NC24rs_v3', ['warning retired']],
    ['Standard_NC24', ['warning retired']],
    ['Standard_ND6s', ['warning retired']],
    ['Standard_NV24', ['warning retired']],
    ['Standard_NV12s_v3', ['warning retired']],
    ['Standard_NV12s_v2', []],
    ['STANDARD_D2_V2', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_DS12-2_v2', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_B2ms', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_E8_v3', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_E8-2s_v3', ['warning retirement-announced', 'warning closed-to-new-subscriptions']],
    ['Standard_E8_v4', []],
    ['Standard_D2s_v6', []],
    ['Standard_DC2s_v3', []],
    ['Standard_B2ms_v2', []],
    ['Standard_F8as_v6', []],
    ['Standard_HB120-16rs_v3', []],
    ['Standard_NC24lds_xl_RTXPRO6000BSE_v6', []],
    ['Standard_NV4ads_V710_v5', []],
    ['Standard_ND96is_MI300X_v5', []],
    ['Basic_A1', []],
  ])('knows the lifecycle of sizes outside of the catalogue by their series: %s', (name, expected) => {
    expect(check(name)).toEqual(expected);
  });

  it.each([
    ['Standard_NV12s_v3', '2025-04-14', []],
    ['Standard_NV12s_v3', '2025-04-15', ['warning retirement-announced']],
    ['Standard_NV12s_v3', '2026-09-29', ['warning retirement-announced']],
    ['Standard_NV12s_v3', '2026-09-30', ['warning retired']],
  ])('%s on %s: %j', (name, day, expected) => {
    expect(check(name, day)).toEqual(expected);
  });

  it('asks for the managed-online list where an online deployment is to run on it', () => {
    expect(check('Standard_D4s_v5', '2026-11-23', true)).toEqual(['warning not-managed-online']);
    expect(check('Standard_D2s_v6', '2026-11-23', true)).toEqual(['warning not-managed-online']);
    expect(check('standard_l8s_v3', '2026-11-23', true)).toEqual([]);
    expect(check('nonsense', '2026-11-23', true)).toEqual(['warning unknown']);
  });

  it('takes every name of the catalogue for the name of a size, and its series for its lifecycle', () => {
    for (const { name, retirement } of vmSizes) {
      // The same name with something after it is not in the catalogue, but of the same form.
      expect(check(`${name}_Promo`)).not.toContain('warning unknown');
      expect(check(name, '2027-06-01').some((code) => /retired|announced/.test(code))).toBe(
        retirement !== null,
      );
    }
  });
});
