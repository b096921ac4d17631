import { findVmSize } from '../../card/index.ts';
import type { CheckedDocument } from '../checked-document.ts';
import type { Rule } from '../kinds/kind.ts';
import { entryOf } from '../yaml-tree.ts';

/** How many processes a distributed job starts on a node, against what it is and where it runs. */
export const processCountRule: Rule = {
  name: 'process-count',
  codes: ['process-count'],
  check(document) {
    for (const path of ownersOf(document)) {
      const type = document.sound(...path, 'distribution', 'type');
      const count = document.sound(...path, 'distribution', 'process_count_per_instance');
      if (type === 'mpi' && count === undefined) {
        const message = `${[...path, 'distribution'].join('.')} has no process_count_per_instance: the service asks for it with mpi`;
        document.warning('process-count', message, ...path, 'distribution');
      }
      const size = document.sound(...path, 'resources', 'instance_type');
      const gpus = typeof size === 'string' ? findVmSize(size)?.gpus : undefined;
      if (type !== 'pytorch' || typeof count !== 'number' || gpus === undefined || gpus === 0) continue;
      if (count <= gpus) continue;
      const message = `${[...path, 'distribution', 'process_count_per_instance'].join('.')} is ${count}, and ${String(size)} has ${gpus} GPU${gpus === 1 ? '' : 's'}: expected one process for each`;
      document.warning('process-count', message, ...path, 'distribution', 'process_count_per_instance');
    }
  },
};

function ownersOf(document: CheckedDocument): string[][] {
  const jobs = entryOf(document.root, 'jobs')?.value;
  return [[], ...(jobs?.kind === 'mapping' ? [...jobs.entries.keys()].map((name) => ['jobs', name]) : [])];
}
