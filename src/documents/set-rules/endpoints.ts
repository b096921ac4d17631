import type { DocumentKind } from '../kinds/kind.ts';
import { nearMiss } from './near-miss.ts';
import type { SetMember, SetRule } from './set-rule.ts';

const endpointOf: Readonly<Partial<Record<DocumentKind, DocumentKind>>> = {
  managedOnlineDeployment: 'managedOnlineEndpoint',
  modelBatchDeployment: 'batchEndpoint',
  batchDeployment: 'batchEndpoint',
  pipelineComponentBatchDeployment: 'batchEndpoint',
};

function textAt(member: SetMember, ...path: readonly string[]): string | undefined {
  const value = member.document.sound(...path);
  return typeof value === 'string' ? value : undefined;
}

/** A deployment whose endpoint is not in the run is none of our business, unless it is one of the run misspelled. */
export const endpointNameRule: SetRule = {
  name: 'endpoint-name',
  codes: ['near-miss-reference'],
  check({ members }) {
    const names = new Set<string>();
    const beside = new Map<string, string[]>();
    for (const member of members) {
      const name = isEndpoint(member) ? textAt(member, 'name') : undefined;
      if (name === undefined) continue;
      names.add(`${member.kind} ${name}`);
      append(beside, `${member.directory} ${member.kind}`, name);
    }
    for (const member of members) {
      const kind = endpointOf[member.kind];
      const name = kind === undefined ? undefined : textAt(member, 'endpoint_name');
      if (name === undefined || names.has(`${kind} ${name}`)) continue;
      const near = nearMiss(name, beside.get(`${member.directory} ${kind}`) ?? []);
      if (near === undefined) continue;
      const message = `endpoint_name is '${name}', and the endpoint beside it is ${near}: did you mean that?`;
      const path = ['endpoint_name'];
      member.document.report({
        severity: 'warning',
        code: 'near-miss-reference',
        message,
        path,
        suggestion: near,
      });
    }
  },
};

/** Deployments that an endpoint names: they may be there already, but beside it stand others. */
export const endpointDeploymentRule: SetRule = {
  name: 'endpoint-deployment',
  codes: ['unknown-deployment'],
  check({ members }) {
    const deployments = new Map<string, SetMember[]>();
    for (const member of members) {
      const kind = endpointOf[member.kind];
      const endpoint = kind === undefined ? undefined : textAt(member, 'endpoint_name');
      if (endpoint !== undefined) append(deployments, `${member.directory} ${kind} ${endpoint}`, member);
    }
    for (const member of members) {
      const name = isEndpoint(member) ? textAt(member, 'name') : undefined;
      const own = deployments.get(`${member.directory} ${member.kind} ${name}`);
      if (own === undefined) continue;
      const known = own.flatMap((deployment) => textAt(deployment, 'name') ?? []);
      // One without a name may get any.
      if (known.length === own.length) checkNames(member, known);
    }
  },
};

function isEndpoint({ kind }: SetMember): boolean {
  return kind === 'managedOnlineEndpoint' || kind === 'batchEndpoint';
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function checkNames(member: SetMember, known: readonly string[]): void {
  const named: (readonly [path: readonly string[], name: string])[] = ['traffic', 'mirror_traffic'].flatMap(
    (key) => {
      const shares = member.document.sound(key);
      return typeof shares === 'object' && shares !== null
        ? Object.keys(shares).map((name) => [[key, name], name] as const)
        : [];
    },
  );
  const byDefault = textAt(member, 'defaults', 'deployment_name');
  if (byDefault !== undefined) named.push([['defaults', 'deployment_name'], byDefault]);
  for (const [path, name] of named) {
    if (known.includes(name)) continue;
    const near = nearMiss(name, known);
    const what = near === undefined ? `beside it stand ${known.join(', ')}` : `did you mean '${near}'?`;
    const message = `${path[0]} names the deployment '${name}', which no document of the run describes: ${what}`;
    member.document.report({
      severity: 'warning',
      code: 'unknown-deployment',
      message,
      path,
      at: path[0] === 'defaults' ? 'value' : 'key',
      ...(near === undefined ? {} : { suggestion: near }),
    });
  }
}
