import { describe, expect, test } from "vitest";
import { describeAdapter, deviceDescriptor, requestDevice } from "../../src/engine/adapter.ts";
import { EngineError, throwIfAborted } from "../../src/engine/errors.ts";
import { rejected, thrown } from "../support/errors.ts";

const info = (facts: Partial<GPUAdapterInfo>) =>
  ({ vendor: "", architecture: "", device: "", description: "", ...facts }) as GPUAdapterInfo;

describe("describeAdapter", () => {
  test.each([
    ["Chrome's software adapter", { vendor: "google", architecture: "swiftshader" }],
    ["Mesa's", { vendor: "mesa", description: "llvmpipe (LLVM 15.0.7, 256 bits)" }],
    ["Windows's", { vendor: "microsoft", description: "Microsoft Basic Render Driver" }],
    ["one that the browser marks", { vendor: "acme", isFallbackAdapter: true }],
  ])("%s is named as software", (_, facts) => {
    expect(describeAdapter(info(facts)).software).toBe(true);
  });

  test.each([
    ["NVIDIA's", { vendor: "nvidia", architecture: "ampere", description: "NVIDIA RTX A4000" }],
    ["Apple's", { vendor: "apple", architecture: "common-3" }],
    ["Intel's integrated", { vendor: "intel", architecture: "gen-12lp", description: "Intel(R) Iris(R) Xe Graphics (TGL GT2)" }],
  ])("%s is not", (_, facts) => {
    expect(describeAdapter(info(facts)).software).toBe(false);
  });
});

describe("requestDevice", () => {
  test("without WebGPU says which browser has it", async () => {
    expect(await rejected(requestDevice(undefined))).toMatchObject({
      code: "NO_WEBGPU",
      fix: expect.stringMatching(/In Node.*`gpu: create/),
    });
  });

  test("without an adapter says how to get one", async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    expect(await rejected(requestDevice(gpu))).toMatchObject({
      code: "NO_ADAPTER",
      fix: expect.stringContaining("--enable-unsafe-webgpu"),
    });
  });

  test("asks only for features that the adapter has, and for all of its limits that matter", async () => {
    let asked: GPUDeviceDescriptor = {};
    const limits = new Proxy({}, { get: (_, name) => (typeof name === "string" ? name.length : undefined) });
    const adapter = {
      features: new Set(["timestamp-query", "depth-clip-control"]),
      limits,
      requestDevice: async (descriptor: GPUDeviceDescriptor) => {
        asked = descriptor;
      },
    };
    await requestDevice({ requestAdapter: async () => adapter } as unknown as GPU);
    expect(asked.requiredFeatures).toEqual(["timestamp-query"]);
    expect(asked.requiredLimits).toMatchObject({ maxBufferSize: "maxBufferSize".length, maxStorageBufferBindingSize: 27 });
  });
});

test("what a host needs of a device stays beside what the engine asks for", () => {
  const limits = new Proxy({}, { get: (_, name) => (typeof name === "string" ? name.length : undefined) });
  const adapter = { features: new Set(["subgroups", "float32-filterable"]), limits } as unknown as GPUAdapter;
  const own = {
    label: "host",
    requiredFeatures: ["float32-filterable", "subgroups"],
    requiredLimits: { maxBufferSize: 1, maxBindGroups: 8 },
  };
  expect(deviceDescriptor(adapter, own as GPUDeviceDescriptor)).toMatchObject({
    label: "host",
    requiredFeatures: ["float32-filterable", "subgroups"],
    requiredLimits: { maxBufferSize: "maxBufferSize".length, maxBindGroups: 8 },
  });
});

test("throwIfAborted throws ABORTED with the signal's reason as cause, and only then", () => {
  const controller = new AbortController();
  expect(thrown(() => throwIfAborted(undefined))).toBeUndefined();
  expect(thrown(() => throwIfAborted(controller.signal))).toBeUndefined();
  controller.abort("enough");
  const error = thrown(() => throwIfAborted(controller.signal));
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "ABORTED", cause: "enough" });
});
