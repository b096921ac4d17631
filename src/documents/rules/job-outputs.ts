import type { Rule } from '../kinds/kind.ts';
import { pipelineGraph } from '../pipeline-graph.ts';
import { entryOf, hasAnyKey } from '../yaml-tree.ts';
import type { YamlNode } from '../yaml-tree.ts';

/** A version without the name that it would be a version of. */
export const outputVersionRule: Rule = {
  name: 'output-version',
  codes: ['output-version'],
  check(document) {
    const check = (outputs: YamlNode | undefined, path: readonly string[]): void => {
      for (const { name, value } of outputs?.kind === 'mapping' ? outputs.entries.values() : []) {
        if (value.kind !== 'mapping' || !hasAnyKey(value, ['version']) || hasAnyKey(value, ['name']))
          continue;
        const full = [...path, name, 'version'];
        if (document.isReported(...full)) continue;
        document.errorAtKey('output-version', `${full.join('.')} needs a name beside it`, ...full);
      }
    };
    check(entryOf(document.root, 'outputs')?.value, ['outputs']);
    const jobs = entryOf(document.root, 'jobs')?.value;
    for (const { name, value } of jobs?.kind === 'mapping' ? jobs.entries.values() : []) {
      check(entryOf(value, 'outputs')?.value, ['jobs', name, 'outputs']);
    }
  },
};

export const outputBoundTwiceRule: Rule = {
  name: 'output-bound-twice',
  codes: ['output-bound-twice'],
  check(document, context) {
    const first = new Map<string, string>();
    for (const node of pipelineGraph(document, context).nodes.values()) {
      for (const { name, path, target } of node.outputs) {
        if (target?.startsWith('parent.outputs.') !== true) continue;
        const own = `jobs.${node.name}.outputs.${name}`;
        const other = first.get(target);
        if (other === undefined) first.set(target, own);
        else if (!document.isReported(...path)) {
          const message = `${own} becomes \${{${target}}}, which ${other} already is: expected one output for it`;
          document.warning('output-bound-twice', message, ...path);
        }
      }
    }
  },
};

export const jobsAndComponentRule: Rule = {
  name: 'jobs-and-component',
  codes: ['jobs-and-component'],
  check(document) {
    const jobs = document.value['jobs'];
    const hasJobs = typeof jobs === 'object' && jobs !== null && Object.keys(jobs).length > 0;
    if (!hasJobs || !Object.hasOwn(document.value, 'component')) return;
    const message = 'the pipeline has both jobs and component: expected one of them';
    document.errorAtKey('jobs-and-component', message, 'component');
  },
};
