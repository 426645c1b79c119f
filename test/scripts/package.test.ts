import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { minifyWgsl } from "../../scripts/minify-wgsl.ts";
import { specialise } from "../../src/engine/specialise.ts";
import type { KernelDefinition } from "../../src/shaders/definition.ts";
import * as kernels from "../../src/shaders/index.ts";

test("whoever installs the library installs nothing else", async () => {
  const { dependencies, optionalDependencies, sideEffects } = JSON.parse(await readFile("package.json", "utf8"));
  const none = { dependencies: undefined, optionalDependencies: undefined };
  expect({ dependencies, optionalDependencies, sideEffects }).toEqual({
    ...none,
    sideEffects: ["./dist/element.js", "./dist/worker/worker-thread.js"],
  });
});

test("signs that mean something else when they touch stay apart, comments go, and lines stay", () => {
  expect(minifyWgsl("// head\n\n  let a = b - -c;  // why\nlet d = (e & 1u) << 2u;\nreturn x >= y && z < w;")).toBe(
    "let a=b- -c;\nlet d=(e&1u)<<2u;\nreturn x>=y&&z<w;",
  );
});

/** What the compiler would see of a source: every token in its order. */
const tokens = (source: string) => source.replace(/\/\/.*$/gm, "").match(/\w+(?:\.\w+)*|[^\s\w]/g);

test.each(Object.entries<KernelDefinition>(kernels))("%s says the same once it is minified, its constants replaced", (_, kernel) => {
  const minified = { ...kernel, source: minifyWgsl(kernel.source) };
  expect(minified.source.length).toBeLessThan(kernel.source.length);
  const changed = Object.entries(kernel.constants).map(([name, value]) => [name, value === "f32" ? "f16" : 3]);
  const constants: Record<string, never> = Object.fromEntries(changed);
  expect(tokens(specialise(minified, constants))).toEqual(tokens(specialise(kernel, constants)));
  const describe = (source: string) =>
    JSON.stringify(new WgslReflect(source).getBindGroups().map((group) => group.map(({ name, size }) => [name, size])));
  expect(describe(minified.source)).toBe(describe(kernel.source));
});

test("the library's package holds the default classifier's weights and not the VAE's, and the docs", () => {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" });
  const paths: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
  const weights = paths.filter((path) => path.startsWith("weights/")).sort();
  expect(weights).toEqual(["weights/LICENSE.efficientnet-lite0", "weights/README.md", "weights/efficientnet-lite0.safetensors"]);
  expect(paths.filter((path) => /^(src|packages|test|bench)\//.test(path))).toEqual([]);
  // The README names them.
  expect(paths).toEqual(
    expect.arrayContaining(["docs/embedding.md", "docs/images/coffee.jpg", "examples/kernel/scale.wgsl", "examples/cat.jpg"]),
  );
});

test("the docs show the example of a kernel as it is run", async () => {
  const [docs, example] = await Promise.all(["docs/profiling.md", "examples/kernel/time-scale.ts"].map((path) => readFile(path, "utf8")));
  expect(docs).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});
