/** The method `occlusion`, which slides a grey window over the photo. */
import { PlanBuilder } from "../../engine/plan.ts";
import { sizeConstants } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { OCCLUSION, windowsAlong } from "../descriptions.ts";
import type { MethodDefinition } from "../method.ts";
import { perturb } from "./perturbation.ts";

/**
 * Sliding-window occlusion (Zeiler & Fergus 2014) as Captum does it, with the window and stride of its tutorial: the map is the drop of the
 * target's probability when a window turns mean grey, averaged over the windows that hide a pixel. The last window of a row is cut.
 */
export const occlusion: MethodDefinition<typeof OCCLUSION.parameters> = {
  ...OCCLUSION,
  async run(request) {
    const { engine, teacher, settings } = request;
    const { height, width } = teacher.input;
    const { window, stride } = settings;
    const { extent: window_x, step: stride_x, count: across } = windowsAlong(width, window, stride);
    const { extent: window_y, step: stride_y, count: down } = windowsAlong(height, window, stride);
    const windows = across * down;
    const constants = sizeConstants(teacher.input);
    const [step, inverse] = tour(windows);
    const out = engine.tensor("occlusion map", [height, width]);
    const grid = { window_x, window_y, stride_x, stride_y, across, windows };
    try {
      const result = await perturb(request, {
        images: 1 + windows,
        unperturbed: 1,
        keepsLabels: true,
        draw(plan, batch, photo, images) {
          const occlude = plan.dispatch(kernels.occlude, {
            bindings: { photo, out: images },
            uniforms: { samples: batch, first_sample: 0, ...grid, step },
            threads: [width, height, batch],
            constants,
          });
          return (compiled, first) => compiled.set(occlude, { first_sample: first });
        },
        async map(drawn, labels, options) {
          const plan = new PlanBuilder(engine, "gather");
          plan.dispatch(kernels.occlusionMap, {
            bindings: { labels, out },
            uniforms: { drawn, ...grid, inverse },
            threads: [height * width],
            constants,
            flops: height * width * 4 * Math.ceil(window_x / stride_x) * Math.ceil(window_y / stride_y),
          });
          await plan.once(options);
          return out.read();
        },
      });
      return { ...result, facts: { ...result.facts, windows } };
    } finally {
      out.dispose();
    }
  },
};

/**
 * A step by which all of 0 ... count - 1 are visited, near the golden section of the count so that early ones lie far apart, and its inverse
 * modulo the count.
 */
export function tour(count: number): [step: number, inverse: number] {
  let step = Math.max(1, Math.round(count * 0.618));
  for (;;) {
    const inverse = invert(step, count);
    if (inverse !== undefined) return [step, inverse];
    step--;
  }
}

/** By Euclid's algorithm; undefined where the two share a divisor. */
function invert(value: number, modulus: number): number | undefined {
  let [a, b, x, y] = [value, modulus, 1, 0];
  while (b > 0) {
    const quotient = Math.floor(a / b);
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return a === 1 ? ((x % modulus) + modulus) % modulus : undefined;
}
