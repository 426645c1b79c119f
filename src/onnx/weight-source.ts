/** Gives an imported net its weights, which stay in the model's files until they are asked for. */
import { FormatError } from "../nets/weights/format-error.ts";
import { badTensor, describePlace, indexOfNonFinite } from "../ops/finite-values.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import type { Constant } from "./constants.ts";
import { spoiltModel } from "./refusals.ts";
import { Unsupported } from "./values.ts";

/** `constants`: by the keys of the nodes' tensors. */
export function sourceOf(file: string, constants: ReadonlyMap<string, Constant>): WeightSource {
  const find = (key: string): Constant => constants.get(key) as Constant;
  const describe = (key: string) => `${file}: tensor "${find(key).name}"`;
  return {
    describe,
    slab: (key) => find(key).elements.slab,
    async read(key, shape, first = 0, count = shape[0] ?? 1) {
      const constant = find(key);
      const row = constant.size / (shape[0] ?? 1);
      const values = await constant.elements.range(first * row, (first + count) * row).catch((cause) => {
        throw cause instanceof FormatError || cause instanceof Unsupported ? spoiltModel(file, cause.message, { cause }) : cause;
      });
      const floats = values instanceof Float32Array ? values : Float32Array.from(values);
      const at = indexOfNonFinite(floats);
      if (at >= 0) throw badTensor(describe(key), `holds ${floats[at]} at ${describePlace(first * row + at, shape)}`);
      return floats;
    },
  };
}
