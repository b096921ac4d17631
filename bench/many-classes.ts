/**
 * The linear probe on thousands of classes, to its end: clouds of rows around random centres, two to train and one to
 * validate a class. Prints the way, time, processor time and peak memory.
 * Usage: node bench/many-classes.ts [CLASSES] [DIMENSIONS]
 */
import { stepsOfLinearProbe } from '../src/training/linear-probe.ts';
import { createRandom } from '../src/training/random.ts';
import { machine } from './machine.ts';

const [classCount = 10_000, dimensions = 32] = process.argv.slice(2).map(Number);
const spread = 0.6;
const centres = createRandom('many classes');
const middle = Float32Array.from({ length: classCount * dimensions }, () => centres.normal());

function draw(perClass: number, seed: number): { features: Float32Array; labels: Int32Array } {
  const random = createRandom(seed, 'many classes');
  const labels = Int32Array.from({ length: classCount * perClass }, (_, row) => row % classCount);
  const features = Float32Array.from({ length: labels.length * dimensions }, (_, at) => {
    const label = labels[Math.floor(at / dimensions)]!;
    return middle[label * dimensions + (at % dimensions)]! + spread * random.normal();
  });
  return { features, labels };
}

console.log(machine());
const training = draw(2, 1);
const validation = draw(1, 2);
const begin = performance.now();
const say = (text: string): void =>
  console.log(
    `${((performance.now() - begin) / 1000).toFixed(0)} s, processor ${(process.cpuUsage().user / 1e6).toFixed(0)} s: ${text}`,
  );
const steps = stepsOfLinearProbe({
  features: training.features,
  dimensions,
  classCount,
  targets: { kind: 'multiclass', labels: training.labels },
  seed: 1,
  validation: {
    features: validation.features,
    targets: { kind: 'multiclass', labels: validation.labels },
  },
});
let next = steps.next();
for (; next.done !== true; next = steps.next()) {
  const step = next.value;
  if (step.kind === 'sample') say(`L2 is chosen on ${step.classes} classes, ${step.rows} rows`);
  if (step.kind === 'penalty') say(`L2 ${step.penalty}: validation loss ${step.validationLoss.toFixed(4)}`);
  if (step.kind === 'iteration' && step.iteration % 10 === 0)
    say(`iteration ${step.iteration}, loss ${step.loss.toFixed(4)}`);
}
const { iterations, loss, converged, penalty } = next.value;
say(
  `${converged ? 'converged' : 'ended'} after ${iterations.length} iterations with L2 ${penalty}, loss ${loss.toFixed(4)}, peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
);
