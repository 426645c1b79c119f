/**
 * Compiles a project that imports all of the built package, without skipLibCheck: by TypeScript 5.9 and 7, each with and without
 * @webgpu/types. Then has publint look at what package.json exports. `npm run build` first.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

const PROJECT = `import { METHODS, overlay, Session, type SessionInterface } from "relabel";
import { RelabelMapElement } from "relabel/element";
import { deviceDescriptor, Engine, type KernelDefinition, PlanBuilder } from "relabel/engine";
import { evaluate } from "relabel/evaluate";
import { perturb } from "relabel/methods";
import { Net } from "relabel/nets";
import { Session as SessionInWorker } from "relabel/worker";

export const all = [METHODS, deviceDescriptor, evaluate, perturb, Net];
export const double = {
  name: "double",
  source: "",
  workgroup: [64],
  bindings: { out: "read_write" },
  uniforms: { count: "u32" },
  constants: {},
} as const satisfies KernelDefinition;

export async function show(device: GPUDevice, photo: File, context: CanvasRenderingContext2D): Promise<void> {
  const session = await Session.create({ device });
  const { map, input, width, height } = await session.explain(photo);
  if (map) context.putImageData(new ImageData(overlay(map, input), width, height), 0, 0);
  if (map) context.putImageData(new ImageData(overlay(map, input), width), 0, 0);
  const engine = await Engine.create({ device });
  const plan = new PlanBuilder(engine, "double");
  plan.dispatch(double, { bindings: { out: engine.tensor("out", [64]) }, uniforms: { count: 64 }, threads: [64] });
  // @ts-expect-error: the kernel has no such binding.
  plan.dispatch(double, { bindings: { in: engine.nothing }, uniforms: { count: 64 }, threads: [64] });
  await plan.once();
  engine.dispose();
  session.dispose();
  const either: SessionInterface[] = [session, await SessionInWorker.create()];
  for (const one of either) await one.explain(await one.open(photo));
  RelabelMapElement.createSession = (request) => SessionInWorker.create(request);
  document.createElement("relabel-map").addEventListener("relabel-result", ({ detail }) => detail.target.label.trim());
}
`;

const COMPILERS = { "TypeScript 5.9": "typescript-5.9", "TypeScript 7": "typescript" };

/** What a compiler says of a file, a line each. */
async function compile(folder: string, compiler: string, types: readonly string[], file: string): Promise<string[]> {
  const options = { target: "ES2022", lib: ["ES2022", "DOM"], module: "ESNext", moduleResolution: "Bundler", strict: true };
  const config = join(folder, `${compiler}.${types.length}.${file}.json`);
  const text = { compilerOptions: { ...options, types, skipLibCheck: false, noEmit: true }, files: [file] };
  writeFileSync(config, JSON.stringify(text));
  const command = [join(ROOT, "node_modules", compiler, "bin", "tsc"), "-p", config, "--pretty", "false"];
  return promisify(execFile)(process.execPath, command, { cwd: folder, maxBuffer: 2 ** 26 }).then(
    () => [],
    (failure: { stdout: string; message: string }) => (failure.stdout || failure.message).trim().split("\n"),
  );
}

/**
 * Errors of the project by the name of its case. Of those, a project without the package may have as many: TypeScript 7's own DOM and
 * @webgpu/types declare the same names, and do not compile together without skipLibCheck.
 */
export async function compileEverywhere(): Promise<Map<string, string[]>> {
  const folder = mkdtempSync(join(tmpdir(), "relabel-types-"));
  try {
    mkdirSync(join(folder, "node_modules", "@webgpu"), { recursive: true });
    symlinkSync(ROOT, join(folder, "node_modules", "relabel"), "junction");
    symlinkSync(join(ROOT, "node_modules", "@webgpu", "types"), join(folder, "node_modules", "@webgpu", "types"), "junction");
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    writeFileSync(join(folder, "project.ts"), PROJECT);
    writeFileSync(join(folder, "empty.ts"), "export {};\n");
    const results = new Map<string, string[]>();
    for (const [name, compiler] of Object.entries(COMPILERS)) {
      for (const types of [[], ["@webgpu/types"]]) {
        const known = new Set(await compile(folder, compiler, types, "empty.ts"));
        const errors = await compile(folder, compiler, types, "project.ts");
        const own = errors.filter((line) => !known.has(line));
        results.set(`${name}, ${types[0] ?? "nothing else"}${known.size > 0 ? " (which it does not compile by itself)" : ""}`, own);
      }
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What publint finds in the library as it is packed. */
async function lintPackage() {
  const folder = mkdtempSync(join(tmpdir(), "relabel-types-"));
  try {
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const { stdout } = await promisify(execFile)("npm", pack, { cwd: ROOT, maxBuffer: 2 ** 26 });
    const { buffer } = new Uint8Array(readFileSync(join(folder, JSON.parse(stdout)[0].filename)));
    return await publint({ pack: { tarball: buffer }, strict: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv.includes("--check")) {
  for (const [name, errors] of await compileEverywhere()) {
    if (errors.length === 0) printLine(`${name}: compiles`);
    else {
      notify(`error: ${name}: ${errors.length} errors. The declarations of dist/ must compile:\n${errors.slice(0, 10).join("\n")}`);
      process.exitCode = 1;
    }
  }
  const { messages, pkg } = await lintPackage();
  if (messages.length === 0) printLine("package.json: publint finds nothing");
  else {
    notify(`error: publint finds in package.json:\n${messages.map((message) => formatMessage(message, pkg)).join("\n")}`);
    process.exitCode = 1;
  }
}
