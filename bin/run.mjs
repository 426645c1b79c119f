#!/usr/bin/env node
/**
 * Runs a TypeScript entry file in Node, so that the same sources (with their `.wgsl?raw` imports) run here and in the browser, with no build
 * step between: Vite bundles them anew each time, which takes a fraction of the time that loading hundreds of modules one by one would.
 *
 *     node bin/run.mjs ENTRY [ARGUMENT...]
 *
 * The entry finds its own arguments in process.argv from index 2 on and sets process.exitCode.
 */
import { constants, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { endWithNpm } from "../src/cli/end-with-npm.mjs";
import { makeRunFolder, PROFILE, removeRunFolder, sweepRunFolders } from "../src/cli/run-folder.mjs";

const [entry, ...rest] = process.argv.slice(2);
if (!entry) {
  process.stderr.write("error: no entry file given. Use: node bin/run.mjs ENTRY [ARGUMENT...]\n");
  process.exit(2);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
sweepRunFolders(tmpdir(), PROFILE);
// The tests, which run many commands, bundle the sources once for all.
const made = process.env.RELABEL_BUNDLE;
let folder = made;
// Before there is anything to remove, so that no signal comes between. Parts that only some commands need are imported late.
process.once("exit", () => !made && folder && removeRunFolder(folder));
const unwatch = endWithNpm();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // One signal is enough: a second one means haste.
    unwatch();
    // Until the entry has listeners of its own, or where it wants none, the process ends in the way that removes the folder.
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  });
}
folder ??= makeRunFolder(join(root, "node_modules", ".cache", "relabel"), "run");
if (!made) {
  const { bundleEntry } = await import("../src/cli/bundle.mjs");
  await bundleEntry(root, resolve(entry), folder);
}
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], resolve(entry), ...rest];
await import(pathToFileURL(join(folder, "entry.mjs")).href);
