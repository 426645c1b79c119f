import { readFile } from "node:fs/promises";
import { Safetensors } from "../../src/nets/weights/safetensors.ts";
import { encodeSafetensors, f32, type StoredTensor } from "./safetensors-file.ts";

/** ImageNet's classes that the file keeps, and what somebody calls them. */
const ROWS = [281, 282, 285, 967, 504, 207, 1, 30, 700, 907];
export const TEN = ["tabby", "tiger cat", "Egyptian cat", "espresso", "mug", "golden", "goldfish", "bullfrog", "bars", "wine"];

/** What is taken from every logit: a softmax does not see it, and a sigmoid of logits that a softmax was trained on would be 1 of most. */
const CERTAINTY = 19;

/** The project's own net as somebody fine-tuned it: grey, its stem summed over colours, and ten classes, or the first few of them. */
export async function makeGreyLite0(classes = TEN.length): Promise<Uint8Array> {
  const bytes = (await readFile("weights/efficientnet-lite0.safetensors")).buffer as ArrayBuffer;
  const file = await Safetensors.open({
    name: "efficientnet-lite0",
    size: bytes.byteLength,
    read: async (start, end) => new Uint8Array(bytes.slice(start, end)),
  });
  const tensors: Record<string, StoredTensor> = {};
  for (const name of file.names) {
    const shape = [...(file.shape(name) as readonly number[])];
    const values = await file.read(name, shape);
    if (name === "conv_stem.weight") {
      const [outputs, , height, width] = shape as [number, number, number, number];
      const taps = height * width;
      const sum = (at: number) =>
        [0, 1, 2].reduce((total, c) => total + (values[(Math.floor(at / taps) * 3 + c) * taps + (at % taps)] as number), 0);
      tensors[name] = f32(
        [outputs, 1, height, width],
        Array.from({ length: outputs * taps }, (_, at) => sum(at)),
      );
    } else if (name.startsWith("classifier.")) {
      const row = values.length / (shape[0] as number);
      const kept = ROWS.slice(0, classes).flatMap((at) => [...values.subarray(at * row, (at + 1) * row)]);
      const lowered = name.endsWith("bias") ? kept.map((value) => value - CERTAINTY) : kept;
      tensors[name] = f32([classes, ...shape.slice(1)], lowered);
    } else tensors[name] = f32(shape, values);
  }
  return new Uint8Array(encodeSafetensors(tensors));
}
