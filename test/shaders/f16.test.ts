/** Kernels that read or write values between layers, under f16: SwiftShader cannot run those. */
import { describe, expect, test } from "vitest";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { minifyWgsl } from "../../scripts/minify-wgsl.ts";
import type { ConstantsOf, KernelDefinition } from "../../src/engine/kernel.ts";
import { specialise, withTypesOf } from "../../src/engine/specialise.ts";
import { Tensor } from "../../src/engine/tensor.ts";
import * as kernels from "../../src/shaders/index.ts";

const nothing = new Tensor(undefined as never, "nothing", [4]);
const tensorOf = (half: boolean) => new Tensor(undefined as never, "tensor", [4], half ? "f16" : "f32");
const NAMES = ["Input", "Output"] as const;
const namesOf = ({ constants }: KernelDefinition) => NAMES.filter((name) => Object.hasOwn(constants, name));
const ALL: readonly KernelDefinition[] = Object.values(kernels);
const KERNELS = ALL.filter((kernel) => namesOf(kernel).length > 0);

describe.each(KERNELS)("$name in f16", (kernel) => {
  const names = namesOf(kernel);
  const source = specialise(kernel, Object.fromEntries(names.map((name) => [name, "f16"])) as ConstantsOf<KernelDefinition>);
  /** Of bindings whose elements have one of the names: the binding, and the name. */
  const bindings = [...source.matchAll(/var<storage, read(?:_write)?> (\w+): array<(?:vec4<)?(Input|Output)>/g)].map(
    ([, binding, name]) => ({ binding: binding as string, name: name as string }),
  );

  test("is WGSL, and its bindings hold f16", () => {
    expect(source).toMatch(/^enable f16;/);
    const [group] = new WgslReflect(source).getBindGroups();
    const types = Object.fromEntries((group ?? []).map(({ name, format }) => [name, format?.getTypeName() ?? ""]));
    for (const { binding } of bindings) expect(types[binding]).toMatch(/^(vec4<f16>|vec4h|f16)$/);
    expect(new Set(bindings.map(({ name }) => name))).toEqual(new Set(names));
  });

  test.each([
    ["as it is written", kernel],
    ["of builds", { ...kernel, source: minifyWgsl(kernel.source) }],
  ])("a dispatch finds the names by its tensors in the text %s", (_, definition) => {
    const tensors = Object.keys(kernel.bindings).map((name) => [name, tensorOf(bindings.some(({ binding }) => binding === name))]);
    const found = withTypesOf(definition, {}, Object.fromEntries(tensors), nothing);
    expect(found).toEqual(Object.fromEntries(names.map((name) => [name, "f16"])));
    expect(specialise(definition, found)).toMatch(new RegExp(`alias ${names[0]} = f16;`));
  });

  test("converts whatever it reads to f32, and stores nothing but what `stored` makes fit", () => {
    const body = source.replace(/\/\/.*$/gm, "");
    for (const { binding, name } of bindings) {
      const written = kernel.bindings[binding] === "read_write";
      const uses = [...body.matchAll(new RegExp(`([\\w<>]*\\(?)\\b${binding}\\[`, "g"))];
      expect(uses.length).toBeGreaterThan(0);
      if (!written) for (const [, before] of uses) expect(before).toMatch(/^(vec4<f32>|f32)\($/);
      else for (const [assigned] of body.matchAll(new RegExp(`\\b${binding}\\[.*;`, "g"))) expect(assigned).toContain("= stored(");
      expect(name).toBe(written || binding === "residual" ? "Output" : "Input");
    }
  });
});
