/** f16 tensors, which kernels alone write and read: filled from numbers, and read back as numbers. */
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { DataType, Tensor } from "../../src/engine/tensor.ts";
import { appendCopiedChannels } from "../../src/ops/copied-channels.ts";

/** Numbers between -0.5 and 0.5 that f16 holds exactly. */
export const exactHalves = <Values extends Float32Array | Float64Array>(values: Values) =>
  values.map((value) => Math.round((value % 0.5) * 2048) / 2048) as Values;

/** A tensor of this type, filled. The last of the shape is a multiple of 4. */
export async function upload(engine: Engine, type: DataType, shape: readonly number[], values: Float32Array<ArrayBuffer>): Promise<Tensor> {
  const given = engine.tensor("given", shape, values);
  if (type === "f32") return given;
  const tensor = engine.tensor(`given in ${type}`, shape, undefined, type);
  await copy(engine, given, tensor);
  given.dispose();
  return tensor;
}

/** What a tensor of f16 or f32 holds. */
export async function download(engine: Engine, tensor: Tensor): Promise<Float32Array> {
  const found = engine.tensor("found", tensor.shape);
  await copy(engine, tensor, found);
  const values = await found.read();
  found.dispose();
  return values;
}

async function copy(engine: Engine, image: Tensor, out: Tensor): Promise<void> {
  const plan = new PlanBuilder(engine, "copy");
  const channels = out.shape.at(-1) as number;
  appendCopiedChannels(plan, { label: "copy", batch: 1, shape: [1, out.size / channels, channels], out }, { image, channels }, 0);
  await plan.once();
}
