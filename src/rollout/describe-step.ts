import type { PlanStep } from './plan-online.ts';
import { describeTraffic } from './traffic.ts';

/** What a step does, in one line and the imperative: `create deployment r1f3a9c2e at 0 %`. */
export function describeStep(step: PlanStep): string {
  switch (step.kind) {
    case 'register-model':
      return `upload and register model ${step.name}`;
    case 'create-environment':
      return `create environment ${step.name} with image ${step.image}`;
    case 'create-endpoint':
      return `create endpoint ${step.endpoint}`;
    case 'update-endpoint':
      return `update endpoint ${step.endpoint}`;
    case 'create-deployment':
      return `create deployment ${step.deployment} at 0 %`;
    case 'await-deployment':
      return `wait for deployment ${step.deployment}`;
    case 'update-deployment':
      return `update deployment ${step.deployment} in place`;
    case 'smoke-test':
      return `classify a picture with ${step.deployment}`;
    case 'move-traffic':
      return `move traffic to ${describeTraffic(step.after)}`;
    case 'remove-deployment':
      return `remove deployment ${step.deployment}`;
    default:
      return step satisfies never;
  }
}
