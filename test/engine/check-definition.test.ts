import { describe, expect, test } from "vitest";
import { minifyWgsl } from "../../scripts/minify-wgsl.ts";
import { checkDefinition } from "../../src/engine/check-definition.ts";
import { EngineError } from "../../src/engine/errors.ts";
import { specialise } from "../../src/engine/specialise.ts";
import type { KernelDefinition } from "../../src/shaders/definition.ts";
import * as kernels from "../../src/shaders/index.ts";
import { thrown } from "../support/errors.ts";

const SOURCE = `
/* What this computes. /* Blocks may hold blocks: */ var<storage> not_this: u32; // */
enable f16; // @group(0) @binding(0) var<storage> nor_this: u32;
alias Stored = f32;
alias uint = u32;
alias Count = uint;
const TILE: u32 = 8u;
  const   SCALE :f32=0.5f ; const SIDE: u32 = TILE;
struct Shape { count: Count, first: i32, @align(4) gain: f32 , }
alias Sizes = Shape;

@binding(1) @group( 0 )
var<storage,
    read_write,> out : array<vec4<Stored>, (4 >> 1)>;
@group(0) @binding(0) var<storage> input: array<array<f32, 4>>;
@group(0u) @binding(0x2) var < uniform > shape: Sizes;
var<workgroup> shared_tile: array<f32, TILE>;
var<private> seed = 4;
override UNUSED: bool = true;
const_assert TILE < 9;

fn other(a: u32) -> u32 { if (a > 2u && a < 4u) { return a >> 1u; } return a; }

@workgroup_size(TILE, SIDE * 2) @compute fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var<function> local: array<f32, 4>;
  out[id.x] = vec4<Stored>(Stored(input[0][0] * SCALE));
}
`;

const RIGHT: KernelDefinition = {
  name: "blur",
  source: SOURCE,
  workgroup: ["TILE", 16],
  bindings: { input: "read", out: "read_write" },
  uniforms: { count: "u32", first: "i32", gain: "f32" },
  constants: { TILE: 8, SCALE: 0.5, Stored: "f32" },
};

const inWgsl = (from: string | RegExp, to: string): Partial<KernelDefinition> => {
  const source = SOURCE.replace(from, to);
  expect(source).not.toBe(SOURCE);
  return { source };
};

describe("a definition", () => {
  test("that agrees with its WGSL passes, whatever spaces, comments, aliases and orders there are", () => {
    checkDefinition(RIGHT);
    checkDefinition(RIGHT, { Stored: "f16", SCALE: -2 });
    expect(specialise(RIGHT, { SCALE: -2 })).toContain("SCALE :f32 = -2; const SIDE");
  });

  test("as those of this package passes, minified or not, with its constants replaced", () => {
    for (const kernel of Object.values<KernelDefinition>(kernels)) {
      const changed = Object.entries(kernel.constants).map(([name, value]) => [name, value === "f32" ? "f16" : 3]);
      for (const source of [kernel.source, minifyWgsl(kernel.source)]) {
        checkDefinition({ ...kernel, source });
        checkDefinition({ ...kernel, source }, Object.fromEntries(changed));
      }
    }
  });

  test.each<[string, Partial<KernelDefinition>, string]>([
    ["a binding that the WGSL lacks", { bindings: { input: "read", out: "read_write", mask: "read" } }, 'no binding 2 called "mask"'],
    ["no third buffer", { bindings: { ...RIGHT.bindings, mask: "read" }, uniforms: {}, ...inWgsl(/@group\(0u\).*/, "") }, 'called "mask"'],
    ["a binding of another name", { bindings: { input: "read", result: "read_write" } }, 'binding 1 called "result"'],
    ["bindings in another order", { bindings: { out: "read_write", input: "read" } }, 'binding 0 is "out" in its definition and "input"'],
    ["a binding too few", { bindings: { input: "read" } }, '"out"'],
    ["other access", { bindings: { input: "read", out: "read" } }, 'binding "out" is read in its definition and read_write'],
    ["access by default", { bindings: { input: "read_write", out: "read_write" } }, 'binding "input" is read_write'],
    ["a uniform as a buffer", { bindings: { ...RIGHT.bindings, shape: "read" }, uniforms: {} }, 'binding "shape" is no storage buffer'],
    ["a texture", inWgsl("var<storage> input: array<array<f32, 4>>", "var input: texture_2d<f32>"), '"input" is a texture_2d<f32>'],
    ["a sampler", inWgsl("var<storage> input: array<array<f32, 4>>", "var input: sampler"), '"input" is a sampler'],
    ["another group", inWgsl("@group( 0 )", "@group(1)"), '"out" is not in group 0'],
    ["a gap", inWgsl("@binding(1)", "@binding(3)"), '"shape" has the number 2 in its WGSL, and should have 1'],
    ["one number twice", inWgsl("@binding(1)", "@binding(0)"), "has the number 0 in its WGSL, and should have 1"],
    ["a uniform too few", { uniforms: { count: "u32", first: "i32" } }, '"shape.gain" is missing in its definition'],
    ["a uniform too many", { uniforms: { ...RIGHT.uniforms, more: "f32" } }, 'no uniform "shape.more"'],
    ["uniforms in another order", { uniforms: { first: "i32", count: "u32", gain: "f32" } }, 'uniform 0 of "shape" is "first"'],
    [
      "a uniform of another type",
      { uniforms: { count: "i32", first: "i32", gain: "f32" } },
      '"shape.count" is i32 in its definition and u32',
    ],
    ["a uniform with a vector", inWgsl("first: i32", "first: vec2<i32>"), '"shape.first" is i32 in its definition and vec2<i32>'],
    ["a uniform elsewhere", inWgsl("@align(4)", "@align(16)"), '"shape.gain" has the attribute @align(16)'],
    ["no uniforms", { uniforms: {} }, '"shape.count" is missing in its definition'],
    ["uniforms without a struct", inWgsl(/@group\(0u\).*/, ""), 'no uniform struct, and its definition has the uniform "count"'],
    ["a uniform that is no struct", inWgsl("shape: Sizes", "shape: vec4<f32>"), 'uniform "shape" is no struct, but vec4<f32>'],
    [
      "two uniforms",
      inWgsl(/(@group\(0u\).*)/, "$1\n@group(0) @binding(3) var<uniform> more: Shape;"),
      'two uniform bindings, "shape" and "more"',
    ],
    [
      "a constant of another value",
      { constants: { ...RIGHT.constants, TILE: 4 } },
      "constant TILE is 4 in its definition and 8u in its WGSL",
    ],
    ["an unknown constant", { constants: { ...RIGHT.constants, DEPTH: 4 } }, "its WGSL has no constant DEPTH"],
    ["a constant by another", { constants: { ...RIGHT.constants, SIDE: 4 } }, "constant SIDE is 4 in its definition and TILE"],
    ["an override", inWgsl("const TILE", "override TILE"), "constant TILE is an override"],
    ["a constant without a type", inWgsl("SCALE :f32", "SCALE"), "constant SCALE is 0.5 in its definition and 0.5f"],
    ["another storage type", inWgsl("alias Stored = f32", "alias Stored = f16"), "constant Stored is f32 in its definition and f16"],
    ["no such storage type", { constants: { ...RIGHT.constants, Weight: "f32" } }, "no constant Weight"],
    ["another workgroup", { workgroup: ["TILE", 8] }, "size in y is 8 in its definition and SIDE*2 = 16"],
    ["a flat workgroup", { workgroup: ["TILE"] }, "size in y is 1 in its definition"],
    ["a workgroup by a formula", inWgsl("SIDE * 2", "SIDE + 8u"), "size in y is 16 in its definition and SIDE+8u"],
    ["another entry point", inWgsl("fn main", "fn run"), "no entry point called main"],
    ["an entry point of another kind", inWgsl("@compute", "@vertex"), "no entry point called main"],
    ["no source", { source: undefined as never }, "definition's source cannot be undefined"],
    ["a strange access", { bindings: { input: "write" } as never }, 'definition\'s bindings cannot be {"input":"write"}'],
    ["a strange uniform", { uniforms: { count: "vec4" } as never }, "definition's uniforms cannot be"],
    ["no constants", { constants: undefined as never }, "definition's constants cannot be undefined"],
    ["a strange workgroup", { workgroup: 64 as never }, "definition's workgroup cannot be 64"],
  ])("with %s is refused by name", (_, change, message) => {
    const error = thrown(() => checkDefinition({ ...RIGHT, ...change }));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "INVALID", message: expect.stringMatching(/^Kernel blur: /), fix: expect.any(String) });
    expect((error as EngineError).message).toContain(message);
  });

  test.each<[string, object, string]>([
    ["is no number", { TILE: "8" }, "constant TILE is 8"],
    ["is not known", { DEPTH: 8 }, "has no constant DEPTH"],
  ])("is refused with a constant that %s", (_, constants, message) => {
    expect(thrown(() => checkDefinition(RIGHT, constants))).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
  });

  test("is refused with a constant that stands where it cannot be replaced", () => {
    const hidden = { ...RIGHT, source: SOURCE.replace("const TILE", "const /* hidden */ TILE") };
    checkDefinition(hidden);
    expect(thrown(() => checkDefinition(hidden, { TILE: 4 }))).toMatchObject({
      message: expect.stringContaining("TILE cannot be replaced"),
    });
  });
});
