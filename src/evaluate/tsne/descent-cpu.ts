/** Moves the points of t-SNE in plain code, which is faster than a software adapter. */
import { pauses } from "../../explain/perturb/superpixels.ts";
import { type DescentOptions, EXPLORATION, EXPLORING, ITERATIONS, SETTLING } from "./descent.ts";

const LEAST_GAIN = 0.01;

/**
 * Moves the points of the plane (points x 2) as tsne_forces.wgsl and tsne_step.wgsl do, in float64 and each pair once. `affinities`: points x
 * stride, symmetric. Throws ABORTED.
 */
export async function descendOnCpu(
  affinities: Float32Array,
  stride: number,
  start: Float32Array,
  rate: number,
  { signal, onProgress }: DescentOptions,
): Promise<Float32Array> {
  const count = start.length / 2;
  const points = Float64Array.from(start);
  const motion = new Float64Array(2 * count);
  const gains = new Float64Array(2 * count).fill(1);
  const [pull, push] = [new Float64Array(2 * count), new Float64Array(2 * count)];
  const pause = pauses(signal, (done) => onProgress?.(done, ITERATIONS));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (iteration === EXPLORATION) {
      motion.fill(0);
      gains.fill(1);
    }
    const { exaggeration, momentum } = iteration < EXPLORATION ? EXPLORING : SETTLING;
    const total = sumForces(affinities, stride, points, pull, push);
    for (let at = 0; at < 2 * count; at++) {
      const gradient = 4 * (exaggeration * (pull[at] as number) - (push[at] as number) / total);
      const [before, gain] = [motion[at] as number, gains[at] as number];
      const grown = Math.max(before * gradient < 0 ? gain + 0.2 : gain * 0.8, LEAST_GAIN);
      const step = momentum * before - rate * grown * gradient;
      gains[at] = grown;
      motion[at] = step;
      points[at] = (points[at] as number) + step;
    }
    await pause(iteration + 1);
  }
  onProgress?.(ITERATIONS, ITERATIONS);
  return Float32Array.from(points);
}

/** Sums pull and push of every point; returns the sum of all q_ij. */
function sumForces(affinities: Float32Array, stride: number, points: Float64Array, pull: Float64Array, push: Float64Array): number {
  pull.fill(0);
  push.fill(0);
  let total = 0;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y, row] = [points[i] as number, points[i + 1] as number, (i / 2) * stride];
    let [pullX, pullY, pushX, pushY] = [0, 0, 0, 0];
    for (let j = 0; j < i; j += 2) {
      const dx = x - (points[j] as number);
      const dy = y - (points[j + 1] as number);
      const q = 1 / (1 + dx * dx + dy * dy);
      const drawn = (affinities[row + (j >> 1)] as number) * q;
      const pushed = q * q;
      total += q;
      pullX += drawn * dx;
      pullY += drawn * dy;
      pushX += pushed * dx;
      pushY += pushed * dy;
      pull[j] = (pull[j] as number) - drawn * dx;
      pull[j + 1] = (pull[j + 1] as number) - drawn * dy;
      push[j] = (push[j] as number) - pushed * dx;
      push[j + 1] = (push[j + 1] as number) - pushed * dy;
    }
    pull[i] = (pull[i] as number) + pullX;
    pull[i + 1] = (pull[i + 1] as number) + pullY;
    push[i] = (push[i] as number) + pushX;
    push[i + 1] = (push[i + 1] as number) + pushY;
  }
  return 2 * total;
}
