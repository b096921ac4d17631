import type { DocumentKind } from '../../kinds/kind.ts';

/** A short document that gives a finding, and the same put right. A test checks both. */
export interface RuleExample {
  readonly kind: DocumentKind;
  readonly bad: string;
  readonly good: string;
}

/** For the codes of which a few lines of YAML say more than words. */
export const ruleExamples: Readonly<Record<string, RuleExample>> = {
  'yaml-syntax': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ntags:\n\tteam: vision\n',
    good: 'name: deit\ntags:\n  team: vision\n',
  },
  'yaml-several-documents': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\n---\nname: deit-two\n',
    good: 'name: deit\n',
  },
  'yaml-alias': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ntags: *common\n',
    good: 'name: deit\ntags:\n  team: vision\n',
  },
  'yaml-duplicate-key': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\nname: deit-two\n',
    good: 'name: deit-two\n',
  },
  'wrong-type': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ndescription: 1.0\n',
    good: "name: deit\ndescription: '1.0'\n",
  },
  'empty-value': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ntraffic:\n',
    good: 'name: deit\n',
  },
  'invalid-value': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\nauth_mode: keys\n',
    good: 'name: deit\nauth_mode: key\n',
  },
  'invalid-name': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit_base\n',
    good: 'name: deit-base\n',
  },
  'unknown-key': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\nauthmode: key\n',
    good: 'name: deit\nauth_mode: key\n',
  },
  'value-becomes-text': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ntags:\n  release: 010\n',
    good: "name: deit\ntags:\n  release: '010'\n",
  },
  'traffic-sum': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\ntraffic:\n  blue: 90\n  green: 20\n',
    good: 'name: deit\ntraffic:\n  blue: 90\n  green: 10\n',
  },
  'mirror-traffic': {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\nmirror_traffic:\n  green: 10\n  red: 10\n',
    good: 'name: deit\nmirror_traffic:\n  green: 10\n',
  },
  identity: {
    kind: 'managedOnlineEndpoint',
    bad: 'name: deit\nidentity:\n  type: user_assigned\n',
    good: 'name: deit\nidentity:\n  type: system_assigned\n',
  },
};
