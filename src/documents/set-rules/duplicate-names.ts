import { basename } from 'node:path';
import type { DocumentKind } from '../kinds/kind.ts';
import type { SetMember, SetRule } from './set-rule.ts';

/** Deployments of all kinds of an endpoint share its names, components of all kinds the workspace's. */
const families: Readonly<Partial<Record<DocumentKind, string>>> = {
  managedOnlineEndpoint: 'online endpoint',
  managedOnlineDeployment: 'online deployment',
  batchEndpoint: 'batch endpoint',
  modelBatchDeployment: 'batch deployment',
  batchDeployment: 'batch deployment',
  pipelineComponentBatchDeployment: 'batch deployment',
  commandComponent: 'component',
  pipelineComponent: 'component',
  model: 'model',
  environment: 'environment',
  data: 'data asset',
  amlCompute: 'compute',
};
const versioned: ReadonlySet<string> = new Set(['component', 'model', 'environment', 'data asset']);

/** Two documents of one folder for one thing: the one that is applied last wins, or a version is refused. */
export const duplicateNameRule: SetRule = {
  name: 'duplicate-name',
  codes: ['duplicate-name'],
  check({ members }) {
    const first = new Map<string, SetMember>();
    for (const member of members) {
      const family = families[member.kind];
      const name = member.document.sound('name');
      if (family === undefined || typeof name !== 'string') continue;
      const version = member.document.sound('version');
      // Without a version each registration makes a new one.
      if (versioned.has(family) && version === undefined) continue;
      const owner = family.endsWith('deployment') ? member.document.sound('endpoint_name') : '';
      if (owner === undefined) continue;
      const key = JSON.stringify([member.directory, family, owner, name, version]);
      const other = first.get(key);
      if (other === undefined) first.set(key, member);
      else if (other.path !== member.path) report(member, other, family);
    }
  },
};

function report({ document }: SetMember, other: SetMember, family: string): void {
  const version = document.sound('version') as string | undefined;
  const name = `${document.sound('name') as string}${version === undefined ? '' : `:${version}`}`;
  const message = `${basename(other.document.file)} describes the ${family} ${name} too`;
  // Variants of a deployment often stand side by side; of a version there is one.
  const severity = version === undefined ? 'info' : 'warning';
  document.report({ severity, code: 'duplicate-name', message, path: ['name'] });
}
