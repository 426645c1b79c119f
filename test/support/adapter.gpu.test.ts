import { expect, test } from "vitest";

/** The ground that every test in the browser stands on. */

async function requestDevice(): Promise<{ info: GPUAdapterInfo; device: GPUDevice }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("This browser has no WebGPU adapter.");
  return { info: adapter.info, device: await adapter.requestDevice() };
}

test("the adapter is SwiftShader, the same on every machine", async () => {
  const { info, device } = await requestDevice();
  expect(info.architecture).toBe("swiftshader");
  device.destroy();
});

test("a compute shader runs and its result comes back", async () => {
  const { device } = await requestDevice();
  const count = 100;
  const module = device.createShaderModule({
    code: `@group(0) @binding(0) var<storage, read_write> data: array<u32>;
      @compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3u) { if (id.x < ${count}) { data[id.x] = id.x * id.x; } }`,
  });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const data = device.createBuffer({ size: count * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: count * 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: data } }] }),
  );
  pass.dispatchWorkgroups(Math.ceil(count / 32));
  pass.end();
  encoder.copyBufferToBuffer(data, 0, staging, 0, count * 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  expect([...new Uint32Array(staging.getMappedRange())]).toEqual(Array.from({ length: count }, (_, i) => i * i));
  device.destroy();
});

test("files of the project are served as they are", async () => {
  const response = await fetch("/examples/cat.jpg");
  expect(response.status).toBe(200);
  expect([...new Uint8Array(await response.arrayBuffer()).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  expect((await fetch("/@shared/no-such-file")).status).toBe(404);
  expect((await fetch("/@shared/..%2fpackage.json")).status).toBe(404);
});
