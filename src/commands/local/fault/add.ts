import { string as stringArg } from '@oclif/core/args';
import { integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../../cli/base-command.ts';
import { definedOnly } from '../../../cli/defined-only.ts';
import { parseAssignments } from '../../../cli/parse-assignments.ts';
import { parseNumber } from '../../../cli/parse-number.ts';
import { renderFaults } from '../../../cli/render-faults.ts';
import { faultSites } from '../../../local/faults/fault-rule.ts';
import type { FaultRule } from '../../../local/index.ts';

export default class LocalFaultAdd extends BaseCommand {
  static override summary = 'Make something go wrong in the local twin.';
  static override description =
    'Requests: status (--status, --header, --code, --message), delay (--ms), drop-before and drop-after (the effect), ' +
    'sas-expired, quota. Operations: operation-stuck (until cleared, or --ms), operation-failed (--code, --message, ' +
    '--detail). Deployments: image-pull, crash-at-start, crash-after-ready (--ms), never-ready. Jobs: node-killed (for good; with --ms ' +
    'one node, --rank, so long after the start, and another takes its place). ' +
    'Rules are held in memory: they end with the twin.';
  static override examples = [
    '<%= config.bin %> local fault add status --status 429 --header retry-after=1 --operation model.version.put --times 2',
    "<%= config.bin %> local fault add operation-stuck --operation onlineDeployment.put --path 'onlineEndpoints/pets/**'",
    '<%= config.bin %> local fault add drop-after --method PUT --probability 0.1 --seed 7',
  ];
  static override args = {
    kind: stringArg({
      required: true,
      options: Object.keys(faultSites),
      description: 'what goes wrong',
    }),
  };
  static override flags = {
    operation: string({
      description: "an operation's name, * for any part: onlineDeployment.put, blob.put, online.invoke",
      helpGroup: 'WHEN',
    }),
    method: string({ description: 'GET, PUT, …', helpGroup: 'WHEN' }),
    path: string({
      description:
        'path without query: * in one segment, ** any number; from its end unless it starts with /',
      helpGroup: 'WHEN',
    }),
    after: integer({ description: 'so many pass first', min: 0, helpGroup: 'WHEN' }),
    times: integer({ description: 'so many are hit then; all when left out', min: 1, helpGroup: 'WHEN' }),
    probability: string({ description: 'chance of each, 0 to 1', helpGroup: 'WHEN' }),
    seed: integer({ description: 'what the chance is drawn from', min: 0, helpGroup: 'WHEN' }),
    status: integer({ description: 'the answer, 400 to 599', helpGroup: 'WHAT' }),
    header: string({ description: 'NAME=VALUE of the answer', multiple: true, helpGroup: 'WHAT' }),
    ms: integer({ description: 'how long, in milliseconds', min: 0, helpGroup: 'WHAT' }),
    rank: integer({ description: 'which node; the last when left out', min: 0, helpGroup: 'WHAT' }),
    code: string({ description: "the error's code", helpGroup: 'WHAT' }),
    message: string({ description: "the error's message", helpGroup: 'WHAT' }),
    detail: string({ description: 'CODE=MESSAGE in its details', multiple: true, helpGroup: 'WHAT' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(LocalFaultAdd);
    const { localFaultAdd } = await import('../../../actions/local-fault-add.ts');
    const { json: _json, probability, header, detail, ...rest } = flags;
    const details = Object.entries(parseAssignments(detail ?? [], 'CODE=MESSAGE'));
    // What fits which kind is the rule's own to say.
    const rule = {
      ...definedOnly(rest),
      kind: args.kind,
      ...(probability === undefined ? {} : { probability: parseNumber('--probability', probability) }),
      ...(header === undefined ? {} : { headers: parseAssignments(header, 'NAME=VALUE') }),
      ...(detail === undefined ? {} : { details: details.map(([code, message]) => ({ code, message })) }),
    } as FaultRule;
    const result = await localFaultAdd({ host: this.host, signal: this.signal, rule });
    this.finish(flags, result, (report) => renderFaults([report]));
  }
}
