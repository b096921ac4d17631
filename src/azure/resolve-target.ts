import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { twinVariables } from '../io/index.ts';
import { foldersUpwards, nonEmptyText, readProjectFile } from '../io/project-file.ts';
import { parseCloudName } from './clouds.ts';
import { isLoopbackUrl } from './loopback-agent.ts';
import type { Target } from './target.ts';

/** What a command line says about the target; every member wins over environment and files. */
export interface TargetFlags {
  readonly target?: 'azure' | 'local';
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly workspace?: string;
  readonly cloud?: string;
}

export interface ResolveTargetOptions {
  readonly flags?: TargetFlags;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whether a person is there to read that the local twin was taken. A CI service (`CI` set) never counts as one. */
  readonly isTerminal?: boolean;
}

interface WorkspaceSetting {
  readonly source: string;
  readonly target?: string | undefined;
  readonly subscription?: string | undefined;
  readonly resourceGroup?: string | undefined;
  readonly workspace?: string | undefined;
  readonly cloud?: string | undefined;
}

const members = ['subscription', 'resourceGroup', 'workspace'] as const;
type Member = (typeof members)[number];

const variables: Readonly<Record<Member, string>> = {
  subscription: 'AZURE_SUBSCRIPTION_ID',
  resourceGroup: 'AZURE_RESOURCE_GROUP',
  workspace: 'AZUREML_WORKSPACE_NAME',
};

const flagNames: Readonly<Record<Member, string>> = {
  subscription: '--subscription',
  resourceGroup: '--resource-group',
  workspace: '--workspace',
};

/**
 * Which workspace is meant: flags, then environment variables, then `aml-deit.yml`, then the studio's `config.json`
 * (in the folder, its `.azureml/`, or a parent), member by member. With no workspace configured and a terminal it is
 * the local twin; without a terminal that must be said, so that a forgotten variable never deploys to a simulator.
 *
 * Throws TARGET_NOT_NAMED, TARGET_NOT_CONFIGURED or TARGET_CONFIG_INVALID.
 */
export function resolveTarget(options: ResolveTargetOptions = {}): Target {
  const flags = options.flags ?? {};
  const env = options.env ?? process.env;
  const cwd = options.cwd ?? process.cwd();
  if (flags.target === 'local') {
    const strayFlag = members.find((member) => flags[member] !== undefined);
    if (strayFlag !== undefined) {
      throw new AmlDeitError(
        'USAGE',
        `${flagNames[strayFlag]} names a workspace of Azure, --target local means the twin`,
        {
          hint: 'leave one of the two out',
        },
      );
    }
    return { kind: 'local', source: 'named' };
  }

  const settings = [fromFlags(flags), fromEnvironment(env), fromProjectFile(cwd), fromStudioFile(cwd)].filter(
    (setting) => setting !== undefined,
  );
  const configured = settings.find((setting) => setting.target !== undefined);
  if (configured?.target === 'local') return { kind: 'local', source: 'named' };
  const workspace = settings.find((setting) => setting.workspace !== undefined);
  // A lone AZURE_SUBSCRIPTION_ID is on many machines and names no workspace; a flag is said on purpose.
  const azureMeant =
    configured !== undefined ||
    workspace !== undefined ||
    members.some((member) => flags[member] !== undefined);
  if (!azureMeant) {
    if (options.isTerminal === true && (env['CI'] ?? '') === '') return { kind: 'local', source: 'default' };
    throw new AmlDeitError('TARGET_NOT_NAMED', 'no Azure ML workspace is configured and no target is named', {
      hint: `set ${Object.values(variables).join(', ')} for Azure, or say --target local for the local twin`,
    });
  }

  const pick = (member: Member): string | undefined =>
    settings.find((setting) => setting[member] !== undefined)?.[member];
  const missing = members.filter((member) => pick(member) === undefined);
  if (missing.length > 0) {
    throw new AmlDeitError(
      'TARGET_NOT_CONFIGURED',
      `the target is azure, but ${missing.map((member) => variables[member]).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
      {
        hint: `set ${missing.length === 1 ? 'it' : 'them'}, or use ${missing.map((member) => flagNames[member]).join(', ')}, aml-deit.yml, or the studio's config.json`,
        details: { missing: missing.map((member) => variables[member]) },
      },
    );
  }
  const cloud = settings.find((setting) => setting.cloud !== undefined)?.cloud;
  const place = {
    subscriptionId: pick('subscription') ?? '',
    resourceGroup: pick('resourceGroup') ?? '',
    workspaceName: pick('workspace') ?? '',
  };
  // Every other tool of this shell takes the cloud from there: so do we.
  const metadataUrl = nonEmptyText(env[twinVariables.cloudMetadata]);
  if (metadataUrl !== undefined && isLoopbackUrl(metadataUrl)) {
    return { kind: 'environment-twin', metadataUrl, ...place };
  }
  return {
    kind: 'azure',
    ...place,
    cloud: cloud === undefined ? 'AzureCloud' : parseCloudName(cloud),
    ...(metadataUrl === undefined || cloud !== undefined ? {} : { metadataUrl }),
    source: workspace?.source ?? settings[0]?.source ?? 'flags',
  };
}

function fromFlags(flags: TargetFlags): WorkspaceSetting {
  return {
    source: 'flags',
    target: flags.target,
    subscription: nonEmptyText(flags.subscription),
    resourceGroup: nonEmptyText(flags.resourceGroup),
    workspace: nonEmptyText(flags.workspace),
    cloud: nonEmptyText(flags.cloud),
  };
}

function fromEnvironment(env: NodeJS.ProcessEnv): WorkspaceSetting {
  return {
    source: 'environment',
    subscription: nonEmptyText(env[variables.subscription]),
    resourceGroup: nonEmptyText(env[variables.resourceGroup]),
    workspace: nonEmptyText(env[variables.workspace]),
    cloud: nonEmptyText(env['AZURE_CLOUD']),
  };
}

function fromProjectFile(cwd: string): WorkspaceSetting | undefined {
  const project = readProjectFile(cwd);
  if (project === undefined) return undefined;
  const { file, target, subscription, resourceGroup, workspace, cloud } = project;
  return { source: file, target, subscription, resourceGroup, workspace, cloud };
}

/** The studio's download. Many tools have a `config.json`: one without a workspace in it is somebody else's. */
function fromStudioFile(cwd: string): WorkspaceSetting | undefined {
  for (const directory of foldersUpwards(cwd)) {
    for (const file of [join(directory, 'config.json'), join(directory, '.azureml', 'config.json')]) {
      if (!existsSync(file)) continue;
      try {
        const parsed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> | null;
        const workspace = nonEmptyText(parsed?.['workspace_name']);
        if (workspace === undefined) continue;
        return {
          source: file,
          workspace,
          subscription: nonEmptyText(parsed?.['subscription_id']),
          resourceGroup: nonEmptyText(parsed?.['resource_group']),
        };
      } catch {
        continue;
      }
    }
  }
  return undefined;
}
