/** Takes a canvas, then photos; explains each, draws it, and says how far it is. */
import { draw, EngineError, Session } from "relabel";

const loading = Session.create();
let canvas: OffscreenCanvas;

async function explain(photo: Blob): Promise<string> {
  const session = await loading;
  const explanation = await session.explain(photo, {
    onProgress: ({ stage, done, total }) => self.postMessage(`${stage}: ${done} of ${total}`),
  });
  await draw(canvas, explanation);
  const { map, degenerate, target } = explanation;
  return map ? `${target.label}, ${(100 * target.probability).toFixed(1)} %` : `No map: ${degenerate}`;
}

const describe = (error: unknown) => (error instanceof EngineError ? `${error.message} ${error.fix}` : String(error));

self.onmessage = async ({ data }: MessageEvent<OffscreenCanvas | Blob>) => {
  if (data instanceof OffscreenCanvas) canvas = data;
  else self.postMessage(await explain(data).catch(describe));
};
