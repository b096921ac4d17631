import type { SkuTask } from '../../card/index.ts';
import { reportSize, sizeFindings, taskOfNode } from '../rules/vm-size.ts';
import { entryOf, scalarText } from '../yaml-tree.ts';
import type { SetMember, SetRule } from './set-rule.ts';

/** A cluster that the card's batch deployments and jobs run on must be on the card's list for what they do. */
export const clusterSizeRule: SetRule = {
  name: 'cluster-size',
  codes: ['sku-unknown', 'sku-not-listed', 'sku-below-minimum'],
  check({ members, asOf }) {
    const clusters = members.filter(({ kind }) => kind === 'amlCompute');
    if (clusters.length === 0) return;
    const tasks = new Map<string, Set<SkuTask>>();
    for (const member of members) {
      if (!member.document.isCards) continue;
      for (const { compute, task } of uses(member)) {
        const key = `${member.directory} ${compute}`;
        tasks.set(key, (tasks.get(key) ?? new Set()).add(task));
      }
    }
    for (const { document, directory } of clusters) {
      const name = document.sound('name');
      const size = document.sound('size');
      if (typeof name !== 'string' || typeof size !== 'string') continue;
      for (const task of tasks.get(`${directory} ${name}`) ?? []) {
        for (const finding of sizeFindings(size, { task, managedOnline: false }, { asOf, isCards: true })) {
          // What holds for every task is told already.
          if (clusterSizeRule.codes.includes(finding.code)) reportSize(document, finding, ['size']);
        }
      }
    }
  },
};

interface Use {
  readonly compute: string;
  readonly task: SkuTask;
}

function uses({ document, kind }: SetMember): Use[] {
  const { root } = document;
  if (kind === 'modelBatchDeployment' || kind === 'batchDeployment') {
    return toUses(scalarText(root, 'compute'), 'inference');
  }
  const jobs = entryOf(root, 'jobs')?.value;
  if (jobs?.kind !== 'mapping') return [];
  const settings = entryOf(root, 'settings')?.value;
  const byDefault = scalarText(root, 'compute') ?? scalarText(settings, 'default_compute');
  return [...jobs.entries.values()].flatMap(({ value }) => {
    const task = taskOfNode(value);
    if (task === undefined) return [];
    // The fine-tune pipeline runs its own steps, each on the cluster that an input names.
    const inputs = entryOf(value, 'inputs')?.value;
    const own = task === 'finetune' ? scalarText(inputs, 'compute_finetune') : scalarText(value, 'compute');
    return toUses(own ?? byDefault, task);
  });
}

function toUses(compute: string | undefined, task: SkuTask): Use[] {
  return compute === undefined ? [] : [{ compute: compute.replace(/^azureml:/, ''), task }];
}
