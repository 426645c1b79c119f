import { EngineError, overlay, Session } from "relabel";
import weights from "relabel/weights/efficientnet-lite0.safetensors?url";
import type { Answer } from "./messages.ts";

const answer = (message: Answer, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

const loading = Session.create({ weights: new URL(weights, import.meta.url) });

async function explain(photo: Blob): Promise<void> {
  const session = await loading;
  const { map, degenerate, input, width, height, target } = await session.explain(photo, {
    onProgress: ({ stage, done, total }) => answer({ kind: "progress", text: `${stage}: ${done} of ${total}` }),
  });
  if (!map) return answer({ kind: "error", text: `No map: ${degenerate}` });
  const rgba = overlay(map, input);
  const text = `${target.label}, ${(100 * target.probability).toFixed(1)} %`;
  answer({ kind: "map", rgba, width, height, text }, [rgba.buffer]);
}

self.onmessage = ({ data }: MessageEvent<Blob>) => {
  explain(data).catch((error) => {
    answer({ kind: "error", text: error instanceof EngineError ? `${error.message} ${error.fix}` : String(error) });
  });
};
