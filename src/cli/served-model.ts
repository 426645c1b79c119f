/** Opens, in a page, the files of a classifier that the command line's process serves. */
import { type OnnxInput, openBytes, type WeightsInput } from "../faces/all.ts";
import type { WireWeights } from "./page-protocol.ts";

/** What a session takes as its model or its weights. The server is this machine: pieces cost nothing, and a copy in the browser would. */
export async function openServed({ file, name, kind }: WireWeights, address: (file: string) => URL): Promise<OnnxInput | WeightsInput> {
  const main = await openBytes(address(file), name);
  const beside = (other: string) => openBytes(address(other), other);
  if (kind === "onnx") return { onnx: main, data: beside };
  return kind === "index" ? { index: main, shard: beside } : main;
}
