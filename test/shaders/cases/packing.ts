import { pack } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

interface Layout {
  inputs: number;
  taps: number;
  /** Outputs of this call: `pixels` groups of `group`. */
  group: number;
  pixels?: number;
  /** Of the packed matrix, and of this call's place in it. */
  columns4?: number;
  first4?: number;
  scale4?: number;
  order?: "taps last" | "inputs last";
  padInputs?: boolean;
  scaled?: boolean;
  /** Of a grouped convolution: groups that are packed as one, the outputs of each, and the first output of the call. */
  merged?: number;
  groupOutputs?: number;
  firstOutput?: number;
}

function packCase(name: string, seed: number, layout: Layout): KernelCase {
  const { inputs, taps, group, pixels = 1, order = "taps last", padInputs = true, scaled = false, first4 = 0 } = layout;
  const random = new Random(seed);
  const group4 = Math.ceil(group / 4);
  const { merged = 1, groupOutputs = pixels * group, firstOutput = 0 } = layout;
  const { columns4 = pixels * group4, scale4 = first4 } = layout;
  const inputsPadded = padInputs ? Math.ceil((merged * inputs) / 4) * 4 : inputs;
  const values = random.floats(pixels * group * inputs * taps);
  const scale = scaled ? random.floats((scale4 + pixels * group4) * 4, 0.5, 2) : new Float32Array(4);
  const [inputStep, tapStep] = order === "taps last" ? [taps, 1] : [1, inputs];
  const rows = taps * inputsPadded;
  // What the call does not own stays as it is.
  const expected = new Float64Array(rows * columns4 * 4).fill(POISON);
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputsPadded; input++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        for (let output = 0; output < group4 * 4; output++) {
          const column = (pixel * group4 * 4 + output) as number;
          const owner = Math.floor((firstOutput + pixel * group + output) / groupOutputs) % merged;
          const inside = Math.floor(input / inputs) === owner && output < group;
          const at = (pixel * group + output) * inputs * taps + (input % inputs) * inputStep + tap * tapStep;
          const gain = scaled ? (scale[scale4 * 4 + column] as number) : 1;
          expected[(tap * inputsPadded + input) * columns4 * 4 + first4 * 4 + column] = inside ? (values[at] as number) * gain : 0;
        }
      }
    }
  }
  return kernelCase(pack, name, {
    read: { values, scale },
    written: { packed: { expected } },
    uniforms: {
      ...{ inputs, inputs_padded: inputsPadded, taps, output_step: inputs * taps, input_step: inputStep, tap_step: tapStep },
      ...{ merged, group_outputs: groupOutputs, first_output: firstOutput },
      ...{ group, group4, call_columns4: pixels * group4, first4, scale4, columns4, has_scale: Number(scaled) },
    },
    threads: [pixels * group4, rows],
    // One product, rounded once.
    tolerance: { absolute: 0, relative: 2 ** -24 },
  });
}

export const packingCases: KernelCase[] = [
  packCase("a 3x3 convolution, inputs and outputs no multiples of 4", 1, { inputs: 5, taps: 9, group: 6, scaled: true }),
  packCase("a stem keeps its three inputs", 2, { inputs: 3, taps: 4, group: 7, padInputs: false, scaled: true }),
  packCase("depthwise: one input", 3, { inputs: 1, taps: 9, group: 10, padInputs: false, scaled: true }),
  packCase("a linear layer over pixels, channels first in the file", 4, { inputs: 6, taps: 5, group: 9 }),
  packCase("a linear layer over pixels, channels last in the file", 5, { inputs: 6, taps: 5, group: 9, order: "inputs last" }),
  packCase("an image as output: every pixel's channels padded", 6, { inputs: 7, taps: 1, group: 3, pixels: 5 }),
  packCase("a slab in the middle leaves its neighbours alone", 7, { inputs: 4, taps: 2, group: 8, columns4: 7, first4: 3, scaled: true }),
  packCase("the scale of a later part of the matrix", 8, { inputs: 4, taps: 1, group: 6, columns4: 3, first4: 1, scale4: 5, scaled: true }),
  packCase("two groups of 2 > 6 as one: zeros where they do not meet", 10, {
    ...{ inputs: 2, taps: 3, group: 24, merged: 2, groupOutputs: 6, scaled: true },
  }),
  packCase("a slab of groups that begins within one, and with the second of two", 11, {
    ...{ inputs: 6, taps: 2, group: 8, merged: 2, groupOutputs: 6, firstOutput: 8, columns4: 6, first4: 2 },
  }),
  packCase("all groups as one, three inputs and five outputs each, padded", 12, {
    inputs: 3,
    taps: 4,
    group: 15,
    merged: 3,
    groupOutputs: 5,
  }),
  packCase("one value", 9, { inputs: 1, taps: 1, group: 1 }),
];
