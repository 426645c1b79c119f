import { weightShapes } from "../../src/graph/graph.ts";
import { mobilenetV2 } from "../../src/zoo/mobilenet.ts";
import { encodeSafetensors, f32, half, type StoredTensor } from "../support/safetensors-file.ts";
import { seededValues } from "../support/seeded-weights.ts";

/** Where the hub has the file, by repository and path. */
export const MOBILENET_PATH = "timm/mobilenetv2_100.ra_in1k/model.safetensors";

/** Tensors of mobilenet_v2, the smallest teacher on the hub, that know nothing: seeded values, matrices in BF16. */
export function mobilenetTensors(): Record<string, StoredTensor> {
  const tensors: Record<string, StoredTensor> = {};
  for (const [key, shape] of weightShapes(mobilenetV2({ input: [224, 224, 3], classes: 1000 }))) {
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
