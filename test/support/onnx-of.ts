import { netProgram } from "../../bench/peers/net-program.ts";
import { externalData, type OnnxNode, writeModel } from "../../bench/peers/onnx.ts";
import { type Layout, onnxGraph } from "../../bench/peers/onnx-program.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";

type Floats = Float32Array<ArrayBuffer>;

/** What a model is to be like. */
export interface ModelForm {
  layout?: Layout;
  /** Its last operator. */
  end?: "Softmax" | "Sigmoid" | "LogSoftmax";
  batch?: number;
  /** Whether large weights stay in files of their own. */
  external?: boolean;
}

/** A net as an ONNX model, by the benchmark's writer, and the files beside it. Throws where the writer does not know a layer. */
export function onnxOf(
  name: string,
  nodes: readonly Node[],
  tensor: (key: string, shape: readonly number[]) => Floats,
  { layout = "NCHW", end, batch = 1, external = false }: ModelForm = {},
): { onnx: Uint8Array<ArrayBuffer>; files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> } {
  const inputs = [new Float32Array(batch * sizeOf((nodes[0] as Node).shape))];
  const program = netProgram({ name, batch, nodes, inputs, tensor });
  if (typeof program === "string") throw new Error(program);
  const graph = onnxGraph(program, layout);
  const [output] = graph.outputs as [(typeof graph.outputs)[number]];
  const last: OnnxNode[] = end
    ? [{ op: end, inputs: [output.name], output: "probabilities", ...(end === "Sigmoid" ? {} : { attributes: { axis: 1 } }) }]
    : [];
  const whole = {
    ...graph,
    nodes: [...graph.nodes, ...last],
    outputs: [{ ...output, name: end ? "probabilities" : output.name }],
    constants: graph.constants.map((constant) => ({ ...constant, external: external && constant.external })),
  };
  return { onnx: writeModel(whole) as Uint8Array<ArrayBuffer>, files: new Map(externalData(whole).map(({ path, data }) => [path, data])) };
}
