import type { RuleText } from './rule-text.ts';

export const onlineTexts = {
  'traffic-sum': {
    meaning: "The percentages of an endpoint's traffic sum neither to 0 nor to 100.",
    why: 'The service refuses such a split.',
    remedy: 'Make them sum to 100, or to 0 for an endpoint that takes no traffic.',
  },
  'mirror-traffic': {
    meaning: 'Traffic is mirrored to more than one deployment.',
    why: 'The service mirrors to one deployment.',
    remedy: 'Name one deployment.',
  },
  identity: {
    meaning: 'The endpoint is to use identities of yours and names none.',
    why: 'The service refuses user_assigned without user_assigned_identities.',
    remedy: 'List their resource ids, or use system_assigned.',
  },
  'instance-count': {
    meaning: 'More instances than Azure ML allows a deployment.',
    why: 'The limit is 50 unless Microsoft has raised it for the subscription.',
    remedy: 'Use fewer and larger instances, or have the limit raised.',
  },
  'request-timeout': {
    meaning: 'A request timeout of 0.',
    why: 'The service takes 0 for left out: the default of 5000 ms holds.',
    remedy: 'Write the timeout that is meant, at most 180000.',
  },
  'reserved-variable': {
    meaning: 'An environment variable that the service sets itself.',
    why: 'The service overwrites it: what stands here has no effect.',
    remedy: 'Remove it, or use another name.',
  },
  'environment-source': {
    meaning: 'An environment has both image and build, or neither.',
    why: 'An environment is an image or is built from a folder; conda_file needs an image to be put on.',
    remedy: 'Give one of the two.',
  },
  'route-path': {
    meaning: 'The path of a route does not begin with a slash.',
    why: 'It may be joined to the port without one.',
    remedy: 'Begin it with a slash.',
  },
} as const satisfies Readonly<Record<string, RuleText>>;
