import type { DocumentKind } from '../../src/documents/kinds/kind.ts';

interface Disagreement {
  /** Any when left out. */
  readonly kinds?: readonly DocumentKind[];
  /** Of the file, or of the base and how it is varied; anywhere when left out. */
  readonly where?: RegExp;
  readonly reason: string;
}

/** Why aml-deit and Microsoft's client differ about a document. The test uses every row, or fails. */
export type LoaderDisagreement =
  | (Disagreement & { readonly refuses: 'aml-deit'; readonly codes: readonly string[] })
  | (Disagreement & { readonly refuses: 'azure-ai-ml'; readonly says: RegExp });

const components: readonly DocumentKind[] = ['commandComponent', 'pipelineComponent'];

export const loaderDisagreements: readonly LoaderDisagreement[] = [
  // What the loaders take although the service refuses it.
  {
    refuses: 'aml-deit',
    codes: ['out-of-range'],
    reason: 'the loaders look at no limits: counts, ports, probes, shares and times below or above them',
  },
  {
    refuses: 'aml-deit',
    codes: ['invalid-name'],
    reason: 'the loaders look at the form of few names and at the length of none',
  },
  {
    refuses: 'aml-deit',
    codes: ['invalid-value'],
    where: /success_threshold/,
    reason: 'a liveness probe has a success_threshold of 1 and nothing else',
  },
  {
    refuses: 'aml-deit',
    codes: ['traffic-sum'],
    reason: 'the loaders refuse a sum above 100 only; the service takes 0 and 100',
  },
  { refuses: 'aml-deit', codes: ['mirror-traffic'], reason: 'the service mirrors to one deployment' },
  {
    refuses: 'aml-deit',
    codes: ['identity'],
    reason: 'user-assigned identities need ids, which the loaders do not ask for',
  },
  {
    refuses: 'aml-deit',
    codes: ['environment-source'],
    reason: 'an environment has an image or a build context, which the loaders do not ask for',
  },
  {
    refuses: 'aml-deit',
    codes: ['environment-missing'],
    reason: 'a custom model in a deployment needs an environment, which the service asks for',
  },
  {
    refuses: 'aml-deit',
    codes: ['empty-value'],
    where: /image = ""/,
    reason: 'an empty image is none',
  },
  {
    refuses: 'aml-deit',
    codes: ['empty-value'],
    kinds: ['amlCompute'],
    where: /\/name = ""/,
    reason: 'a cluster without a name is none',
  },
  {
    refuses: 'aml-deit',
    codes: ['wrong-type'],
    where: /conda_file = (?:0|\[\])$/,
    reason: 'a conda file that is 0 or an empty list is dropped without a word',
  },
  {
    refuses: 'aml-deit',
    codes: ['missing-key'],
    where: /model/i,
    reason: 'a model to register, or described in a deployment, needs a path, which the service asks for',
  },
  {
    refuses: 'aml-deit',
    codes: ['missing-key'],
    kinds: ['modelBatchDeployment', 'batchDeployment', 'pipelineComponentBatchDeployment', 'data'],
    reason:
      'a complete document names its model, compute, endpoint or itself; the loaders ask for some of these',
  },
  {
    refuses: 'aml-deit',
    codes: ['wrong-asset-type', 'invalid-reference', 'reference-version'],
    reason: 'after the prefix azureml: the loaders look at next to nothing',
  },
  {
    refuses: 'aml-deit',
    codes: ['code-configuration'],
    reason: 'code without a scoring script is refused when the deployment is made, not when it is loaded',
  },
  {
    refuses: 'aml-deit',
    codes: ['scale-settings'],
    reason: 'a scale type of Kubernetes is refused when the deployment is made, not when it is loaded',
  },
  {
    refuses: 'aml-deit',
    codes: ['batch-auth-mode'],
    reason: 'batch endpoints take Microsoft Entra tokens only',
  },
  { refuses: 'aml-deit', codes: ['logging-level'], reason: 'any text is a logging level to the loaders' },
  {
    refuses: 'aml-deit',
    codes: ['output-file-name'],
    reason: 'refused when the deployment is made, not when it is loaded',
  },
  { refuses: 'aml-deit', codes: ['pipeline-source'], reason: 'there must be something to run' },
  {
    refuses: 'aml-deit',
    codes: ['cluster-scale'],
    reason: 'the service refuses a cluster whose least number of nodes is above its largest',
  },
  {
    refuses: 'aml-deit',
    codes: ['sku-unknown', 'sku-not-allowed', 'sku-below-minimum', 'sku-retired'],
    reason: 'any text is a VM size to the loaders',
  },
  {
    refuses: 'aml-deit',
    codes: ['invalid-value'],
    where: /shm_size/,
    reason: 'any text is a size of shared memory to the loaders',
  },
  // Jobs, components and pipelines.
  {
    refuses: 'aml-deit',
    codes: ['default-value', 'parameter-range'],
    kinds: components,
    reason: 'the loaders do not hold a default against min, max, enum and, beyond what Python converts, type',
  },
  {
    refuses: 'aml-deit',
    codes: ['wrong-type'],
    kinds: components,
    where: /\/version = [[{]/,
    reason: "a list or mapping as version becomes Python's text for it, which nobody means",
  },
  {
    refuses: 'aml-deit',
    codes: ['empty-value'],
    kinds: components,
    where: /\/type = null$/,
    reason: 'an empty type is taken for a missing one by accident: nothing else that is empty is',
  },
  {
    refuses: 'aml-deit',
    codes: ['undeclared-name'],
    reason: 'the client looks for undeclared inputs in the commands of components only, and not for outputs',
  },
  {
    refuses: 'aml-deit',
    codes: ['dangling-expression', 'legacy-expression', 'pipeline-cycle'],
    reason: 'the client does not follow expressions of nodes whose component is a reference',
  },
  {
    refuses: 'aml-deit',
    codes: ['missing-input', 'unknown-input', 'input-type', 'input-value', 'wrong-component'],
    reason: 'the client does not know the interface of a component in a registry; aml-deit knows some',
  },
  {
    refuses: 'aml-deit',
    codes: [
      'metric-task',
      'strategies-differ',
      'save-steps',
      'scheduler-step',
      'model-source',
      'ort-optimizer',
    ],
    reason: 'the training refuses what the client cannot judge',
  },
  {
    refuses: 'azure-ai-ml',
    says: /Component name should only contain lower letter/,
    kinds: components,
    reason:
      'a warning of ours: the name counts where the file is created, and is ignored where it is referred to',
  },
  {
    refuses: 'azure-ai-ml',
    says: /Value '(?:if_else|do_while|parallel_for)' passed is not in set/,
    reason: "a switch of the client's allows these nodes, and Microsoft's published components use them",
  },
  {
    refuses: 'azure-ai-ml',
    says: /Failed to find referenced source for input binding/,
    kinds: ['pipelineJob'],
    reason:
      'an inline node may take an output that only the registered component of another node declares, which the client does not look up',
  },
];
