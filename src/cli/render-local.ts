import type { LocalStatus } from '../actions/local-status.ts';
import type { LocalUpResult } from '../actions/local-up.ts';

import { renderFaults } from './render-faults.ts';
import { shownTwinEnvironment } from '../io/index.ts';

type Report = LocalUpResult['report'];

function imageLine(report: Report): string {
  return `image:     ${report.image} (the product's own scoring image, run as a process of this machine)`;
}

export function renderLocalUp({ alreadyRunning, twin, report }: LocalUpResult): string {
  return [
    `local twin of Azure ML ${alreadyRunning ? 'is up already' : 'is up'}: simulated on this machine, nothing is billed`,
    `endpoint:  ${twin.endpoint}`,
    `workspace: ${twin.workspaceName} in resource group ${twin.resourceGroup}, subscription ${twin.subscriptionId}`,
    `CA:        ${twin.caFile}`,
    imageLine(report),
    `process:   ${twin.pid}`,
    '',
    'for Microsoft\'s own clients, in this shell: eval "$(aml-deit local env)" sets',
    ...Object.entries(shownTwinEnvironment(twin)).map(([name, value]) => `  ${name}=${value}`),
  ].join('\n');
}

function deploymentLines(report: Report): string[] {
  if (report.deployments.length === 0) return ['deployments: none'];
  return [
    'deployments:',
    ...report.deployments.map((deployment) => {
      const scorers = deployment.instances.map(
        (instance) =>
          `${instance.pid ?? 'no process'}${instance.ready ? '' : ' (not ready)'}${instance.restarts === 0 ? '' : ` (${instance.restarts} restarts)`}`,
      );
      const isContainer = deployment.instances.some(({ runs }) => runs === 'container');
      const what = isContainer ? 'container' : 'scorer';
      const processes = scorers.length === 0 ? 'no scorer' : `${what} ${scorers.join(', ')}`;
      return `  ${deployment.endpoint}/${deployment.deployment}  ${deployment.provisioningState}  ${deployment.traffic} %  ${processes}`;
    }),
  ];
}

export function renderLocalStatus(status: LocalStatus): string {
  switch (status.state) {
    case 'stopped':
      return `no local twin is running (its folder: ${status.directory})`;
    case 'not-answering':
      return `the local twin${status.pid === undefined ? '' : ` (process ${status.pid})`} does not answer: aml-deit local down stops it`;
    case 'running':
      break;
  }
  const { twin, report } = status;
  return [
    `local twin of Azure ML, simulated: process ${report.pid}, version ${report.version}`,
    `endpoint:  ${twin.endpoint}`,
    `workspace: ${twin.workspaceName} in resource group ${twin.resourceGroup}, subscription ${twin.subscriptionId}`,
    imageLine(report),
    ...deploymentLines(report),
    ...report.registryModels.map(
      (model) =>
        `registry model: ${model.name} version ${model.version} (stand-in, served by the own scorer)`,
    ),
    ...(report.faults.length === 0 ? [] : ['made to go wrong:', renderFaults(report.faults)]),
  ].join('\n');
}
