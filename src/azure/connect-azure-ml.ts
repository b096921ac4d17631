import { assetOperations } from './asset-operations.ts';
import type { AzureMl } from './azure-ml.ts';
import { assertLoopback } from './loopback-agent.ts';
import { onlineOperations } from './online-operations.ts';
import { openSession } from './open-session.ts';
import type { ConnectionTarget, OpenedSession, SessionOptions } from './open-session.ts';
import { scoringClient } from './scoring-client.ts';
import { uploadFolder } from './upload-folder.ts';

export interface ConnectOptions extends SessionOptions {
  /** Between polls of a long-running operation, where the service does not say. Default 5 s, 250 ms on the twin. */
  readonly pollIntervalMs?: number;
}

/** A connection to one workspace. Nothing is sent yet: the first operation finds out whether it answers. */
export async function connectAzureMl(
  target: ConnectionTarget,
  options: ConnectOptions = {},
): Promise<AzureMl> {
  const opened = await openSession(target, options);
  const score = scoringClient(opened.agent);
  if (target.kind === 'azure') {
    return assemble(opened, {
      kind: 'azure',
      description: `workspace ${target.workspaceName} in resource group ${target.resourceGroup}`,
      ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
      score,
    });
  }
  return assemble(opened, {
    kind: 'local',
    description: 'the local twin',
    pollIntervalMs: options.pollIntervalMs ?? 250,
    score: (request, call) => {
      assertLoopback(request.scoringUri);
      return score(request, call);
    },
  });
}

interface Parts {
  readonly kind: 'azure' | 'local';
  readonly description: string;
  readonly pollIntervalMs?: number;
  readonly score: AzureMl['score'];
}

function assemble(opened: OpenedSession, parts: Parts): AzureMl {
  const { session, credential } = opened;
  const assets = assetOperations(session);
  const online = onlineOperations({
    session,
    ...(parts.pollIntervalMs === undefined ? {} : { pollIntervalMs: parts.pollIntervalMs }),
    scoringToken: (signal) =>
      session.call(
        'a token for scoring',
        async () => {
          const token = await credential.getToken(
            `${opened.machineLearningAudience}/.default`,
            signal === undefined ? {} : { abortSignal: signal },
          );
          return token?.token ?? '';
        },
        signal,
      ),
  });
  return {
    kind: parts.kind,
    subscriptionId: session.subscriptionId,
    resourceGroup: session.resourceGroup,
    workspaceName: session.workspaceName,
    description: parts.description,
    workspaceId: session.workspaceId,
    ...assets,
    ...online,
    uploadFolder: (folder, options) =>
      uploadFolder(
        {
          session,
          datastores: assets.datastores,
          credential,
          storageSuffix: opened.storageSuffix,
          ...(opened.agent === undefined ? {} : { agent: opened.agent }),
        },
        folder,
        options,
      ),
    score: parts.score,
    close: () => opened.close(),
  };
}
