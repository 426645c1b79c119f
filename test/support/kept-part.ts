import { type KernelDefinition, PlanBuilder } from "../../src/faces/engine.ts";
import { type MetricDefinition, uploadRanks } from "../../src/faces/evaluate.ts";
import { type Parameter, sizeConstants } from "../../src/faces/methods.ts";

/** Draws the photo with nothing left but a map's most salient pixels; image z is of map first_map + z, the last repeated beyond the end. */
const keepTop = {
  name: "keep_top",
  source: `
const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

struct Shape {
  samples: u32,
  first_map: u32,
  maps: u32,
  kept: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> ranks: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let at = id.y * WIDTH + id.x;
  let map = min(shape.first_map + id.z, shape.maps - 1u);
  out[id.z * HEIGHT * WIDTH + at] = select(vec4<f32>(), photo[at], ranks[map * HEIGHT * WIDTH + at] < shape.kept);
}
`,
  workgroup: [16, 4],
  bindings: { photo: "read", ranks: "read", out: "read_write" },
  uniforms: {
    samples: "u32",
    first_map: "u32",
    maps: "u32",
    kept: "u32",
  },
  constants: { HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

const PARAMETERS = {
  share: { value: 0.25, low: 0.001, high: 1, what: "share of the pixels that is kept" },
} as const satisfies Record<string, Parameter>;

export interface KeptPart {
  /** The target's probability on what is kept. */
  readonly probability: number;
}

/** A metric from outside: what the teacher says of the map's most salient pixels alone. */
export const keptPart: MetricDefinition<typeof PARAMETERS, KeptPart, { maps: KeptPart[]; kept: number }> = {
  name: "kept-part",
  title: "Kept part",
  what: "the target's probability where nothing but the most salient pixels is left",
  parameters: PARAMETERS,
  measures: [{ name: "keptProbability", title: "kept part", better: "higher", of: ({ probability }) => probability }],
  async run({ scorer, maps, target, settings, ...options }) {
    const { engine, teacher, batch, photo, images } = scorer;
    const { height, width } = teacher.input;
    const kept = Math.round(settings.share * height * width);
    const ranks = uploadRanks(engine, maps, teacher.input);
    try {
      const plan = new PlanBuilder(engine, "perturb");
      const draw = plan.dispatch(keepTop, {
        bindings: { photo, ranks, out: images },
        uniforms: { samples: batch, first_map: 0, maps: maps.length, kept },
        threads: [width, height, batch],
        constants: sizeConstants(teacher.input),
      });
      const scores = await scorer.score(plan, (compiled, first) => compiled.set(draw, { first_map: first }), maps.length, target, options);
      return { maps: scores.map(({ probability }) => ({ probability })), kept };
    } finally {
      ranks.dispose();
    }
  },
};
