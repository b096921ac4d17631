import { string } from '@oclif/core/flags';
import type { ConnectOptions } from '../actions/connect.ts';

/** The flags of every command that talks to a workspace. Spread into `static flags`. */
export const targetFlags = {
  target: string({
    options: ['azure', 'local'] as const,
    description: 'an Azure ML workspace, or the local twin',
    helpGroup: 'TARGET',
  }),
  subscription: string({ description: 'subscription id (AZURE_SUBSCRIPTION_ID)', helpGroup: 'TARGET' }),
  'resource-group': string({ description: 'resource group (AZURE_RESOURCE_GROUP)', helpGroup: 'TARGET' }),
  workspace: string({ description: 'workspace (AZUREML_WORKSPACE_NAME)', helpGroup: 'TARGET' }),
  cloud: string({
    description: 'AzureCloud, AzureChinaCloud or AzureUSGovernment (AZURE_CLOUD)',
    helpGroup: 'TARGET',
  }),
};

export interface ParsedTargetFlags {
  readonly target: string | undefined;
  readonly subscription: string | undefined;
  readonly 'resource-group': string | undefined;
  readonly workspace: string | undefined;
  readonly cloud: string | undefined;
}

/** What every action that connects takes: the flags, and whether a person can read what was chosen for them. */
export function connectOptions(flags: ParsedTargetFlags): ConnectOptions {
  return {
    ...(flags.target === 'azure' || flags.target === 'local' ? { target: flags.target } : {}),
    ...(flags.subscription === undefined ? {} : { subscription: flags.subscription }),
    ...(flags['resource-group'] === undefined ? {} : { resourceGroup: flags['resource-group'] }),
    ...(flags.workspace === undefined ? {} : { workspace: flags.workspace }),
    ...(flags.cloud === undefined ? {} : { cloud: flags.cloud }),
    isTerminal: process.stdin.isTTY || process.stderr.isTTY,
  };
}
