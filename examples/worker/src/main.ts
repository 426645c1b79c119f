import cat from "../../cat.jpg?url";

const file = document.querySelector("input") as HTMLInputElement;
const output = document.querySelector("output") as HTMLOutputElement;
const canvas = (document.querySelector("canvas") as HTMLCanvasElement).transferControlToOffscreen();

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }: MessageEvent<string>) => {
  output.textContent = data;
};
worker.postMessage(canvas, [canvas]);
worker.postMessage(await (await fetch(cat)).blob());

file.onchange = () => worker.postMessage(file.files?.[0]);
