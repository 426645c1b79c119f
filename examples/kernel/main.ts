import { timeScale } from "./time-scale.ts";

const { scaled, totals } = await timeScale(Float32Array.from({ length: 1 << 20 }, (_, i) => i));
const lines = totals.map(
  ({ name, dispatches, milliseconds, gflops, gigabytes }) =>
    `${name}: ${(milliseconds / dispatches).toFixed(3)} ms a run, ${gflops.toFixed(2)} GFLOP/s, ${gigabytes.toFixed(2)} GB/s`,
);
(document.querySelector("pre") as HTMLPreElement).textContent = [`2 x 3 = ${scaled[3]}`, ...lines].join("\n");
