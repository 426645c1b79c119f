import cat from "../../cat.jpg?url";
import type { Answer } from "./messages.ts";

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector) as T;
const file = find<HTMLInputElement>("input");
const output = find<HTMLOutputElement>("output");
const canvas = find<HTMLCanvasElement>("canvas");

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

worker.onmessage = ({ data }: MessageEvent<Answer>) => {
  output.textContent = data.text;
  if (data.kind !== "map") return;
  const { rgba, width, height } = data;
  Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
};

file.onchange = () => worker.postMessage(file.files?.[0]);
worker.postMessage(await (await fetch(cat)).blob());
