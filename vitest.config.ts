import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { softwareChrome } from "./test/support/browser-provider.ts";
import { serveShared } from "./test/support/shared-files.ts";

// Random cases: a fixed tenth in `npm test`, all of them from a new seed in `npm run test:long`.
const long = process.env.RELABEL_LONG === "1";
const seed = Number(process.env.RELABEL_SEED ?? (long ? randomInt(2 ** 31) : 1));
if (long) process.stderr.write(`Random cases: RELABEL_SEED=${seed} repeats them.\n`);
const provide = { long, seed, writeGolden: process.env.RELABEL_GOLDEN === "1" };

const nodeTests = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts") && !path.endsWith(".gpu.test.ts"))
  .map((path) => `test/${path.replaceAll("\\", "/")}`);
const mocked = nodeTests.filter((path) => readFileSync(path, "utf8").includes("vi.mock("));

const nodeRing = {
  globalSetup: "test/support/bundle.ts",
  testTimeout: long ? 600_000 : 30_000,
  provide,
};

/** Two rings of tests: plain Node, and Chrome on its software adapter (files named *.gpu.test.ts). */
export default defineConfig({
  test: {
    // Two at least: files that drive a browser leave a core idle while it starts.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // Modules are loaded once a worker, but for files that replace some of them.
      { test: { ...nodeRing, name: "node", include: nodeTests, exclude: mocked, isolate: false } },
      { test: { ...nodeRing, name: "node-mocked", include: mocked } },
      {
        plugins: [serveShared()],
        // Examples import as whoever has installed the package does.
        resolve: { alias: { "relabel/engine": fileURLToPath(new URL("src/faces/engine.ts", import.meta.url)) } },
        publicDir: false,
        // TensorFlow.js depends on CommonJS packages.
        optimizeDeps: { noDiscovery: true, include: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu"] },
        test: {
          name: "chromium",
          include: ["test/**/*.gpu.test.ts"],
          testTimeout: long ? 600_000 : 120_000,
          provide,
          fileParallelism: false,
          // After the other ring, which has more workers.
          sequence: { groupOrder: 1 },
          // One page for all files, whose modules are loaded and whose kernels are compiled once: see test/support/shared-engine.ts.
          isolate: false,
          browser: {
            enabled: true,
            provider: softwareChrome(),
            instances: [{ browser: "chromium" }],
            headless: true,
            screenshotFailures: false,
          },
        },
      },
    ],
  },
});
