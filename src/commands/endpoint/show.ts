import { string } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { formatTable } from '../../cli/format-table.ts';
import { formatTraffic } from '../../cli/format-traffic.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import type { EndpointDetails } from '../../actions/endpoint-summary.ts';

export default class EndpointShow extends BaseCommand {
  static override summary = 'Show an online endpoint and its deployments.';
  static override args = { endpoint: string({ required: true, description: 'name of the online endpoint' }) };
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EndpointShow);
    const { showEndpoint } = await import('../../actions/show-endpoint.ts');
    const result = await showEndpoint({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
    });
    this.finish(flags, result, render);
  }
}

function render(endpoint: EndpointDetails): string {
  const lines = [
    `endpoint     ${endpoint.name}`,
    `state        ${endpoint.state}`,
    `scoring URL  ${endpoint.scoringUri ?? 'none yet'}`,
    `auth         ${endpoint.authMode}`,
    `traffic      ${formatTraffic(endpoint.traffic)}`,
  ];
  if (endpoint.deployments.length === 0) return `${[...lines, '', 'no deployment'].join('\n')}\n`;
  const rows = endpoint.deployments.map((deployment) => [
    deployment.name,
    deployment.state,
    `${deployment.trafficPercent} %`,
    `${deployment.instanceCount ?? '?'} × ${deployment.instanceType ?? '?'}`,
    shortAsset(deployment.model),
  ]);
  return `${lines.join('\n')}\n\n${formatTable(['deployment', 'state', 'traffic', 'instances', 'model'], rows)}`;
}

/** `…/models/deit/versions/3` is `deit:3`. */
function shortAsset(id: string | undefined): string {
  const match = /\/(?:models|environments)\/([^/]+)\/versions\/([^/]+)$/i.exec(id ?? '');
  return match === null ? (id ?? 'none') : `${match[1]}:${match[2]}`;
}
