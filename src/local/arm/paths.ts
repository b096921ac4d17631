/** Path templates that the routes of the control plane share. */
export const subscriptionPath = '/subscriptions/{subscription}';
export const groupPath = `${subscriptionPath}/resourceGroups/{resourceGroup}`;
export const providerPath = 'providers/Microsoft.MachineLearningServices';
export const workspacePath = `${groupPath}/${providerPath}/workspaces/{workspace}`;
export const locationPathTemplate = `${subscriptionPath}/${providerPath}/locations/{location}`;
export const registryPath = `/mferp/managementfrontend${groupPath}/${providerPath}/registries/{registry}`;
