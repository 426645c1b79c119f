/** Explains photos in a worker, so that the page stays free, and draws their maps. */
import { draw, EngineError } from "relabel";
import { Session } from "relabel/worker";
import cat from "../../cat.jpg?url";

const file = document.querySelector("input") as HTMLInputElement;
const output = document.querySelector("output") as HTMLOutputElement;
const canvas = document.querySelector("canvas") as HTMLCanvasElement;

const session = await Session.create();

async function show(photo: Blob): Promise<string> {
  const explanation = await session.explain(photo, {
    onProgress: ({ stage, done, total }) => {
      output.textContent = `${stage}: ${done} of ${total}`;
    },
  });
  await draw(canvas, explanation);
  const { map, degenerate, target } = explanation;
  return map ? `${target.label}, ${(100 * target.probability).toFixed(1)} %` : `No map: ${degenerate}`;
}

async function explain(photo: Blob): Promise<void> {
  output.textContent = await show(photo).catch((error) => (error instanceof EngineError ? `${error.message} ${error.fix}` : String(error)));
}

file.onchange = () => file.files?.[0] && explain(file.files[0]);
await explain(await (await fetch(cat)).blob());
