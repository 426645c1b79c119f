import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import { beforeEach, describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import type { KernelDefinition } from "../../src/faces/engine.ts";
import { runHere, temporaryFolder } from "../support/command-line.ts";

const WGSL = `// Scales what it reads; \`\${n}\` and \\ are only here to be copied.
alias uint = u32;
struct Shape { count: uint, gain: f32 }
const SIZE: u32 = 64u;  const DOUBLE = 2 * SIZE; const MASK: u32 = 0x1Fu; const LOW: f32 = -1.5e-3f;
const HALF: u32 = SIZE / 2;
alias Stored = f32;
@binding(1) @group(0) var<storage, read_write> out: array<Stored>;
@group(0) @binding(0) var<storage> input: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;
@compute @workgroup_size(SIZE, 2)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.count) { out[id.x] = Stored(shape.gain * input[id.x]); }
}
`;

const uniform = "@group(0) @binding(2) var<uniform> shape: Shape;";

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** The definition in a file that holds its WGSL. */
async function definitionIn(path: string): Promise<KernelDefinition> {
  const { code } = await transform(await readFile(path, "utf8"), { loader: "ts" });
  const exports: Record<string, KernelDefinition> = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return Object.values(exports)[0] as KernelDefinition;
}

describe("relabel reflect", () => {
  test("writes a definition that has all the WGSL declares, and its text", async () => {
    const file = await write("scale.wgsl", WGSL);
    const { code, stdout } = await runHere(["reflect", file, "--source", "inline"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Wrote ${join(folder, "scale.kernel.ts")}\n` });
    expect(await definitionIn(join(folder, "scale.kernel.ts"))).toEqual({
      name: "scale",
      source: WGSL,
      workgroup: ["SIZE", 2],
      bindings: { input: "read", out: "read_write" },
      uniforms: { count: "u32", gain: "f32" },
      constants: { SIZE: 64, MASK: 31, LOW: -0.0015, Stored: "f32" },
    });
  });

  test.each([
    [[], 'import wgsl from "./soft_max-2d.wgsl?raw";'],
    [["--source", "file"], 'import wgsl from "./soft_max-2d.wgsl";'],
  ])("imports the WGSL as bundlers want it: %j", async (options, line) => {
    await runHere(["reflect", await write("soft_max-2d.wgsl", WGSL), ...options]);
    const text = await readFile(join(folder, "soft_max-2d.kernel.ts"), "utf8");
    expect(text.split("\n")).toEqual(expect.arrayContaining([line, "export const softMax2dKernel = {"]));
    expect(text).toMatch(/^\/\/ relabel \d/);
  });

  test("replaces what it wrote, and nothing else but with --force", async () => {
    const file = await write("scale.wgsl", WGSL);
    const target = join(folder, "scale.kernel.ts");
    await runHere(["reflect", file]);
    await writeFile(file, WGSL.replace("64u", "32u"));
    await runHere(["reflect", file]);
    expect(await readFile(target, "utf8")).toContain("SIZE: 32");
    await writeFile(target, "// mine\n");
    await expect(runHere(["reflect", file])).rejects.toMatchObject({
      message: expect.stringContaining("carries no mark"),
      fix: "Move or rename the .wgsl file, next to which its definition is written, or overwrite with --force; early versions left no mark.",
    });
    expect(await readFile(target, "utf8")).toBe("// mine\n");
    await runHere(["reflect", file, "--force"]);
    expect((await stat(target)).size).toBeGreaterThan(100);
  });

  test("writes no spaces for what there is none of, and says in its help what it does not check", async () => {
    await runHere(["reflect", await write("fill.wgsl", WGSL.replace(uniform, "").replace(/if.*/, ""))]);
    expect(await readFile(join(folder, "fill.kernel.ts"), "utf8")).toContain("  uniforms: {},\n");
    const command = buildProgram(new AbortController().signal).commands.find((each) => each.name() === "reflect");
    expect(command?.description()).toContain("unknown names, the GPU's compiler checks when a plan is compiled");
  });

  test("refuses all files for one, and leaves nothing", async () => {
    const files = [await write("a.wgsl", WGSL), await write("b.wgsl", "fn main( {")];
    await expect(runHere(["reflect", ...files])).rejects.toMatchObject({
      message: expect.stringContaining("b.wgsl cannot be read as WGSL: Expected"),
    });
    expect((await readdir(folder)).sort()).toEqual(["a.wgsl", "b.wgsl"]);
  });

  test.each<[string, string, string, string?]>([
    ["no kernel", "fn other() {}", "no compute entry point called main"],
    ["another entry point", WGSL.replace("fn main", "fn run"), "no compute entry point called main"],
    ["a texture", WGSL.replace("var<storage> input: array<f32>", "var input: texture_2d<f32>"), "binding input is a texture_2d"],
    ["a sampler", WGSL.replace("var<storage> input: array<f32>", "var input: sampler"), "binding input is a sampler"],
    ["another group", WGSL.replace("@binding(1) @group(0)", "@binding(1) @group(1)"), "binding out is in group 1"],
    ["a gap", WGSL.replace("@binding(1)", "@binding(4)"), "binding out has the number 4 and should have 1"],
    ["uniforms in front", WGSL.replace("@binding(2)", "@binding(7)").replace("@binding(0)", "@binding(9)"), "has the number"],
    ["a vector", WGSL.replace("gain: f32", "gain: vec2<f32>"), "uniform shape.gain is vec2"],
    ["a gap between uniforms", WGSL.replace("gain: f32", "@align(16) gain: f32"), "uniform shape.gain does not follow"],
    ["a bare uniform", WGSL.replace(uniform, uniform.replace("Shape", "u32")), "uniform shape is no struct"],
    ["two uniforms", WGSL.replace(uniform, `${uniform} @group(0) @binding(3) var<uniform> more: Shape;`), "are both uniforms"],
    [
      "an override",
      WGSL.replace("const SIZE", "override SIZE"),
      "workgroup's size SIZE is an override",
      "Write it as const, not override: const SIZE: u32 = 64;",
    ],
    [
      "no type",
      WGSL.replace("const SIZE: u32", "const SIZE"),
      "workgroup's size SIZE has no type",
      "Declare the constant with its type: const SIZE: u32 = 64;",
    ],
    [
      "another name for u32",
      WGSL.replace("const SIZE: u32", "const SIZE: uint"),
      "workgroup's size SIZE is uint",
      "Declare it as u32: const SIZE: u32 = 64;",
    ],
    ["a formula", WGSL.replace("(SIZE, 2)", "(HALF)"), "workgroup's size HALF is computed (SIZE/2)", "Give the constant a plain number"],
    ["nothing", WGSL.replace("(SIZE, 2)", "(LARGE)"), "workgroup's size LARGE is no number", "Declare a constant for it"],
    ["half a struct", WGSL.replace("gain: f32 }", "gain: }"), "a declaration is incomplete"],
    ["a constant out of reach", WGSL.replace("const SIZE", "const /* here */ SIZE"), "constant SIZE cannot be replaced"],
    ["no bindings", "@compute @workgroup_size(1) fn main() {}", "there is no binding"],
  ])("says what the engine cannot take: %s", async (_, text, message, fix = "") => {
    const file = await write("kernel.wgsl", text);
    await expect(runHere(["reflect", file])).rejects.toMatchObject({
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
    expect(await readdir(folder)).toEqual(["kernel.wgsl"]);
  });

  test.each([
    ["kernel.txt", "does not end in .wgsl"],
    ["missing.wgsl", "cannot be read (ENOENT)"],
  ])("refuses %s", async (name, message) => {
    await expect(runHere(["reflect", join(folder, name)])).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });
});
