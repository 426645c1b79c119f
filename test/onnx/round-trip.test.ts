import { describe, expect, test } from "vitest";
import { NetData } from "../../bench/net-data.ts";
import type { FusedOp } from "../../src/graph/fuse.ts";
import { openBuffer } from "../../src/nets/weights/byte-source.ts";
import { importModel, openModel } from "../../src/onnx/import.ts";
import { fuseNet, operationOf } from "../../src/ops/operations.ts";
import { TEACHERS } from "../../src/zoo/teachers.ts";
import { LONG } from "../support/long.ts";
import { onnxOf } from "../support/onnx-of.ts";

/** Their dense layers alone have 120 million weights; what they are made of is in the others. */
const LARGE = ["vgg16", "vgg16_bn", "vgg19"];
/** Each has something that the others of the short run have not; all of them are in `npm run test:long`. */
const SHORT = [
  "efficientnet-lite0",
  "resnet18",
  "mobilenet_v3_small",
  "googlenet",
  "squeezenet1_1",
  "shufflenet_v2_x1_0",
  "regnet_y_400mf",
];

/** What an op computes, whatever its layers are called. */
const describeOp = ({ node, activation, residual }: FusedOp) => {
  // Rows at the end that no window reaches may be padding or not.
  const { pad = [] } = node as { pad?: readonly number[] };
  const name = operationOf(node)
    .describe(node)[1]
    .replace(/ pad[\d,]+( ceil)?$/, "");
  return [name, pad.slice(0, 2).join(), JSON.stringify(activation ?? "none"), residual ? "+" : ""].join(" ");
};

async function imported(bytes: Uint8Array<ArrayBuffer>) {
  return importModel(await openModel(openBuffer(bytes.buffer, "model.onnx")));
}

describe("a net that is written as ONNX comes back as the same layers", () => {
  test.each(TEACHERS.filter(({ name }) => (LONG ? !LARGE.includes(name) : SHORT.includes(name))))(
    "$name",
    async ({ name, nodes: describeNet, input }) => {
      const side = Math.max(64, Math.round(input.height / 3));
      const nodes = await describeNet({ input: [side, side, 3], classes: 12 });
      for (const layout of ["NCHW", "NHWC"] as const) {
        const { onnx } = onnxOf(name, nodes, new NetData(name, nodes).tensor, { layout });
        const { net } = await imported(onnx);
        expect(fuseNet(net).map(describeOp)).toEqual(fuseNet(nodes).map(describeOp));
        expect(net[0]?.shape).toEqual([side, side, 3]);
        expect(net.at(-1)?.shape).toEqual([1, 1, 12]);
      }
    },
  );
});
