#!/usr/bin/env node
/**
 * Runs a TypeScript entry file in Node through Vite's module runner, so that the same sources (with their `.wgsl?raw` imports)
 * run here and in the browser, with no build step between.
 *
 *     node bin/run.mjs ENTRY [ARGUMENT...]
 *
 * The entry finds its own arguments in process.argv from index 2 on and sets process.exitCode.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, createServerModuleRunner } from "vite";

const [entry, ...rest] = process.argv.slice(2);
if (!entry) {
  process.stderr.write("error: no entry file given. Use: node bin/run.mjs ENTRY [ARGUMENT...]\n");
  process.exit(2);
}

const server = await createServer({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  configFile: false,
  appType: "custom",
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
process.argv = [process.argv[0], resolve(entry), ...rest];
try {
  await runner.import(resolve(entry));
} finally {
  await runner.close();
  await server.close();
}
