import { registryComponents } from '../../card/index.ts';
import type { StandIn } from './stand-in.ts';

/** The registry components that can be run here, each loaded when it is. */
export const standIns: Readonly<Record<string, () => Promise<StandIn>>> = {
  [registryComponents.finetuneValidation.name]: async () =>
    (await import('./validate-finetune-data.ts')).validateFinetuneData,
  [registryComponents.finetuneModelImport.name]: async () => (await import('./import-model.ts')).importModel,
  [registryComponents.modelPrediction.name]: async () => (await import('./predict.ts')).predict,
  [registryComponents.computeMetrics.name]: async () => (await import('./compute-metrics.ts')).computeMetrics,
  [registryComponents.finetuneTraining.name]: async () =>
    (await import('./train-linear-probe.ts')).trainLinearProbe,
};
