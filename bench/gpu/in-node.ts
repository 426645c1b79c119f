/** Runs the steps in this process, on Dawn (the `webgpu` package). */
import { Engine } from "../../src/engine/engine.ts";
import { openGpu, runInNode } from "../cli/node.ts";
import { findAdapter } from "./adapter-facts.ts";
import { driverFiles } from "./driver-files.ts";
import { runCases } from "./kernel-cases.ts";
import type { Place } from "./place.ts";

export const inNode: Place = {
  async adapter() {
    const found = await findAdapter(await openGpu());
    return { ...found, ...driverFiles() };
  },
  async kernels(onPartial, signal) {
    const gpu = await openGpu();
    // They take seconds to make.
    const { CASES } = await import("../../test/shaders/cases/index.ts");
    return runCases(await Engine.create({ gpu }), CASES, onPartial, signal);
  },
  bench: (options, watcher) => runInNode(options, new Map(), watcher),
};
