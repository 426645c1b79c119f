/** A net of the operations that no net known by name has, so that the suite `kernels` measures each. */
import type { Node } from "../src/graph/graph.ts";
import { GraphBuilder } from "../src/ops/builder.ts";

/** Every layer reads the same image, as large as in the middle of a usual net. */
export function rareLayers(): Node[] {
  const g = new GraphBuilder();
  const x = g.input([28, 28, 128]);
  const map = g.conv(x, "map", { outputs: 1, kernel: 1 });
  g.prelu(x, "prelu");
  g.affine(x, { scale: "scale", shift: "shift" });
  g.subtract(x, map);
  g.divide(x, g.activation(map, "sigmoid"));
  g.localResponseNorm(x, { size: 5 });
  g.adaptiveAveragePool(x, [7, 7]);
  g.pad(x, [1, 1, 1, 1]);
  g.pad(x, [2, 2, 2, 2], { mode: "reflect" });
  g.crop(x, [2, 2, 2, 2]);
  g.resizeNearest(x, 2);
  return g.nodes;
}
