/** One role's part of what a caller may do; `*` stands for any text. */
interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

const provider = 'Microsoft.MachineLearningServices/workspaces';

/** What the commands that change something ask ARM for, beside reading. */
export const neededActions = [
  `${provider}/onlineEndpoints/write`,
  `${provider}/onlineEndpoints/delete`,
  `${provider}/onlineEndpoints/listKeys/action`,
  `${provider}/onlineEndpoints/deployments/write`,
  `${provider}/onlineEndpoints/deployments/delete`,
  `${provider}/onlineEndpoints/deployments/getLogs/action`,
  `${provider}/batchEndpoints/write`,
  `${provider}/batchEndpoints/deployments/write`,
  `${provider}/models/versions/write`,
  `${provider}/environments/versions/write`,
  `${provider}/data/versions/write`,
  `${provider}/datastores/listSecrets/action`,
  `${provider}/jobs/write`,
  `${provider}/jobs/cancel/action`,
] as const;

function matches(pattern: string, action: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}

/** Those that no role allows. A role allows what its actions name and its own `notActions` do not take back. */
export function missingActions(
  permissions: readonly Permission[],
  needed: readonly string[] = neededActions,
): string[] {
  return needed.filter(
    (action) =>
      !permissions.some(
        ({ actions, notActions }) =>
          actions.some((pattern) => matches(pattern, action)) &&
          !notActions.some((pattern) => matches(pattern, action)),
      ),
  );
}
