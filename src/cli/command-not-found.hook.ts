import type { Hook } from '@oclif/core/interfaces';
import { AmlDeitError } from '../errors/index.ts';
import { nearestNames, orList } from '../io/nearest-names.ts';

/** What oclif calls for a command that is not there: says which is nearest, as people type it. */
const commandNotFound: Hook.CommandNotFound = function commandNotFound({ id, config }) {
  const typed = id.replaceAll(':', ' ');
  const known = [...config.commandIDs, ...config.topics.map(({ name }) => name)];
  const nearest = nearestNames(typed, new Set(known.map((name) => name.replaceAll(':', ' '))));
  throw new AmlDeitError('USAGE', `there is no command "${typed}"`, {
    hint:
      nearest.length > 0
        ? `did you mean ${orList(nearest.map((name) => `aml-deit ${name}`))}?`
        : 'aml-deit --help lists the commands',
  });
};

export default commandNotFound;
