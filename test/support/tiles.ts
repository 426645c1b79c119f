import type { KernelDefinition } from "../../src/faces/engine.ts";
import { type MethodDefinition, type Parameter, perturb, sizeConstants } from "../../src/faces/methods.ts";

/** Draws the photo with a tile of it in the mean colour, which is 0 once the photo is normalised; image 0 is the photo itself. */
const fillTile = {
  name: "fill_tile",
  source: `
const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

struct Shape {
  samples: u32,
  first_sample: u32,
  tiles: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let tile = (id.y * shape.tiles / HEIGHT) * shape.tiles + id.x * shape.tiles / WIDTH;
  let at = id.y * WIDTH + id.x;
  out[id.z * HEIGHT * WIDTH + at] = select(photo[at], vec4<f32>(), shape.first_sample + id.z == tile + 1u);
}
`,
  workgroup: [16, 4],
  bindings: { photo: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", tiles: "u32" },
  constants: { HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

const PARAMETERS = {
  tiles: { value: 4, low: 1, high: 32, whole: true, what: "tiles a side" },
} as const satisfies Record<string, Parameter>;

/** A method from outside: the map is the drop of the target's probability when a tile is filled with the mean colour. */
export const tiles: MethodDefinition<typeof PARAMETERS> = {
  name: "tiles",
  title: "Tiles",
  parameters: PARAMETERS,
  within: (forwards) => ({ tiles: Math.max(1, Math.floor(Math.sqrt(forwards - 1))) }),
  run(request) {
    const { teacher, settings } = request;
    const { height, width } = teacher.input;
    return perturb(request, {
      images: 1 + settings.tiles ** 2,
      unperturbed: 1,
      keepsLabels: true,
      draw(plan, batch, photo, images) {
        const fill = plan.dispatch(fillTile, {
          bindings: { photo, out: images },
          uniforms: { samples: batch, first_sample: 0, tiles: settings.tiles },
          threads: [width, height, batch],
          constants: sizeConstants(teacher.input),
        });
        return (compiled, first) => compiled.set(fill, { first_sample: first });
      },
      async map(drawn, labels) {
        const rows = await labels.read(4 * drawn);
        const [whole] = rows as unknown as [number];
        return Float32Array.from({ length: height * width }, (_, at) => {
          const [row, column] = [Math.floor(at / width), at % width].map((place, axis) =>
            Math.floor((place * settings.tiles) / (axis === 0 ? height : width)),
          ) as [number, number];
          // Tiles that an abort left out have dropped nothing.
          return whole - (rows[4 * (1 + row * settings.tiles + column)] ?? whole);
        });
      },
    });
  },
};
