export { drawFridgeObject } from './draw-fridge-objects.ts';
export { fridgeClasses } from './fridge-shapes.ts';
export type { FridgeClass } from './fridge-shapes.ts';
export { fitLinearProbe } from './linear-probe.ts';
export { createRandom, permutation } from './random.ts';
export { writeRandomCheckpoint } from './random-checkpoint.ts';
export { writeClassifierHead } from './write-classifier-head.ts';
export { openMlflowRun } from './mlflow-run.ts';
export type { LoggedMetric, MlflowRunLog } from './mlflow-run.ts';
