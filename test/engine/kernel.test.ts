import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/engine/errors.ts";
import { writeUniforms } from "../../src/engine/kernel.ts";
import { specialise, withTypesOf, workgroupSize } from "../../src/engine/specialise.ts";
import { type DataType, Tensor } from "../../src/engine/tensor.ts";
import { add, choleskyPanel, copyChannels, matmul, winogradInput } from "../../src/shaders/index.ts";
import { thrown } from "../support/errors.ts";

describe("specialise", () => {
  test("replaces the constants given and leaves the rest of the file as it is", () => {
    const source = specialise(matmul, { WORKGROUP_X: 2 });
    expect(source).toContain("const WORKGROUP_X: u32 = 2;");
    expect(source).toContain(`const WORKGROUP_Y: u32 = ${matmul.constants.WORKGROUP_Y};`);
    expect(specialise(matmul)).toBe(matmul.source);
    expect(source.replace("const WORKGROUP_X: u32 = 2;", "const WORKGROUP_X: u32 = 4;")).toBe(matmul.source);
  });

  test("an unknown constant is refused, and the known ones are named", () => {
    const error = thrown(() => specialise(matmul, { TILE: 2 } as object));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "INVALID", message: expect.stringContaining("TILE"), fix: expect.stringContaining("TILE_ROWS") });
  });
});

describe("withTypesOf", () => {
  const tensor = (label: string, type: DataType = "f32") => new Tensor(undefined as never, label, [4], type);
  const nothing = tensor("nothing");

  test("leaves the constants as they are where all is f32", () => {
    const constants = { ACTIVATION: 1 };
    expect(withTypesOf(add, constants, { a: tensor("a"), b: tensor("b"), out: tensor("out") }, nothing)).toBe(constants);
  });

  test.each([
    ["f16", "f16", { ACTIVATION: 1, Input: "f16", Output: "f16" }],
    ["f32", "f16", { ACTIVATION: 1, Output: "f16" }],
    ["f16", "f32", { ACTIVATION: 1, Input: "f16" }],
  ] as const)("reads %s and writes %s as the tensors are", (from, to, expected) => {
    const bindings = { a: tensor("a", from), b: tensor("b", from), out: tensor("out", to) };
    expect(withTypesOf(add, { ACTIVATION: 1 }, bindings, nothing)).toEqual(expected);
  });

  test("an absent input has no type", () => {
    const bindings = { a: tensor("a", "f16"), b: nothing, c: nothing, d: nothing, residual: nothing, out: tensor("out", "f16") };
    expect(withTypesOf(copyChannels, {}, bindings, nothing)).toEqual({ Input: "f16", Output: "f16" });
  });

  test("two types under one name, and f16 where a kernel has no name for it, are refused by the tensor", () => {
    const mixed = { a: tensor("a", "f16"), b: tensor("other"), out: tensor("out", "f16") };
    const error = thrown(() => withTypesOf(add, {}, mixed, nothing));
    expect(error).toMatchObject({ code: "INVALID", message: expect.stringMatching(/add takes tensors of one type.*"other" is f32/) });
    const halves = { image: tensor("image"), tiles: tensor("my tiles", "f16") };
    const refusal = thrown(() => withTypesOf(winogradInput, {}, halves, nothing));
    expect(refusal).toMatchObject({ code: "INVALID", message: expect.stringMatching(/winograd_input does not take f16.*"my tiles"/) });
  });
});

describe("workgroupSize", () => {
  test("takes the constants of the file, or those given, and 1 for missing dimensions", () => {
    expect(workgroupSize(matmul)).toEqual([4, 16, 1]);
    expect(workgroupSize(matmul, { WORKGROUP_Y: 2 })).toEqual([4, 2, 1]);
    expect(workgroupSize(choleskyPanel, { BLOCK: 8 })).toEqual([32, 1, 1]);
    expect(workgroupSize({ ...add, workgroup: [7, "WORKGROUP_X"] } as never)).toEqual([7, 64, 1]);
  });
});

describe("writeUniforms", () => {
  const values = { vectors: 3, line: 2 ** 32 - 1, low: -1.5, high: 6 };

  test("puts every member at its offset, little-endian, and nothing elsewhere", () => {
    const view = new DataView(new ArrayBuffer(48));
    writeUniforms(add, values, view, 16);
    expect([view.getUint32(16, true), view.getUint32(20, true)]).toEqual([3, 2 ** 32 - 1]);
    expect([view.getFloat32(24, true), view.getFloat32(28, true)]).toEqual([-1.5, 6]);
    expect(new Uint8Array(view.buffer).slice(0, 16)).toEqual(new Uint8Array(16));
    expect(new Uint8Array(view.buffer).slice(32)).toEqual(new Uint8Array(16));
  });

  test.each([
    ["a missing member", { ...values, low: undefined }, "low"],
    ["no number", { ...values, high: Number.NaN }, "high"],
    ["a negative count", { ...values, vectors: -1 }, "vectors"],
    ["a count that is not whole", { ...values, line: 2.5 }, "line"],
    ["a count past 32 bits", { ...values, line: 2 ** 32 }, "line"],
  ])("%s is refused by its name", (_, wrong, name) => {
    const error = thrown(() => writeUniforms(add, wrong as Record<string, number>, new DataView(new ArrayBuffer(16)), 0));
    expect(error).toMatchObject({ name: "EngineError", code: "INVALID", message: expect.stringContaining(`add.${name}`) });
  });
});
