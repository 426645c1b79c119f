import { TEACHERS } from "../../src/faces/all.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import { encodeSafetensors, f32, half, type StoredTensor } from "../support/safetensors-file.ts";
import { seededValues } from "../support/seeded-weights.ts";

/** Where the hub has the file, by repository and path. */
export const MOBILENET_PATH = "timm/mobilenetv2_100.ra_in1k/model.safetensors";

/** Tensors of mobilenet_v2, the smallest teacher on the hub, that know nothing: seeded values, matrices in BF16. */
export function mobilenetTensors(): Record<string, StoredTensor> {
  const teacher = TEACHERS.find(({ name }) => name === "mobilenet_v2");
  if (!teacher) throw new Error("There is no teacher mobilenet_v2.");
  const tensors: Record<string, StoredTensor> = {};
  for (const [key, shape] of weightShapes(teacher.nodes())) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = seededValues(key, shape, 0, count);
    // BF16 is the upper half of an f32.
    const upper = () => Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
    tensors[key] = shape.length > 1 ? half("BF16", [...shape], upper()) : f32([...shape], values);
  }
  return tensors;
}

/** The same as a file. */
export function makeMobilenet(): Uint8Array {
  return new Uint8Array(encodeSafetensors(mobilenetTensors()));
}
