import * as THREE from "three/webgpu";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { deviceDescriptor } from "../../src/faces/engine.ts";
import { type Photo, Session } from "../../src/index.ts";
import { rejected } from "../support/errors.ts";
import { CLASSIFIER, patchwork } from "./calls.ts";

const RISE = { method: "rise", parameters: { masks: 64 }, seed: 3 } as const;
const SIDE = 32;

let photo: Photo;
/** The map of a session with a device of its own. */
let alone: Float32Array;

beforeAll(async () => {
  photo = patchwork();
  const session = await Session.create({ model: CLASSIFIER });
  alone = (await session.explain(photo, RISE)).map as Float32Array;
  session.dispose();
}, 60_000);

/** A device as a host requests it, which writes down what nobody caught. */
async function hostDevice(own?: GPUDeviceDescriptor): Promise<{ device: GPUDevice; uncaught: string[] }> {
  const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
  const device = await adapter.requestDevice(deviceDescriptor(adapter, own));
  const uncaught: string[] = [];
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    uncaught.push(event.error.message);
  });
  return { device, uncaught };
}

/** A call that WebGPU refuses. */
const refused = (device: GPUDevice) => device.createBuffer({ size: 4, usage: 0 });

// Pictures are drawn to textures: software Chrome's GPU process ends where a WebGPU canvas is shown, whoever draws it.

/** A host that draws with three.js. */
async function threeHost(device: GPUDevice) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const renderer = await new THREE.WebGPURenderer({ device, canvas }).init();
  const scene = new THREE.Scene();
  const camera = new THREE.PerspectiveCamera(50, 1, 0.1, 10);
  camera.position.z = 2;
  const box = new THREE.Mesh(new THREE.BoxGeometry(), new THREE.MeshBasicMaterial({ color: 0xff8800 }));
  Object.assign(box.rotation, { x: 0.5, y: 0.7 });
  scene.add(box);
  const target = new THREE.RenderTarget(SIDE, SIDE);
  return async () => {
    renderer.setRenderTarget(target);
    renderer.render(scene, camera);
    return renderer.readRenderTargetPixelsAsync(target, 0, 0, SIDE, SIDE);
  };
}

const DOUBLE = `@group(0) @binding(0) var<storage, read_write> values: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { values[id.x] = 2 * values[id.x] + id.x; }`;

/** A host that clears a picture and computes with plain WebGPU. */
async function plainHost(device: GPUDevice) {
  const texture = device.createTexture({ size: [SIDE, SIDE], format: "rgba8unorm", usage: GPUTextureUsage.RENDER_ATTACHMENT });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module: device.createShaderModule({ code: DOUBLE }) } });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const values = device.createBuffer({ size: 256, usage });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: values } }],
  });
  return async () => {
    device.queue.writeBuffer(values, 0, new Uint32Array(64).fill(3));
    const read = device.createBuffer({ size: 256, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    const view = texture.createView();
    encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }] }).end();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(values, 0, read, 0, 256);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const result = new Uint8Array(read.getMappedRange().slice(0));
    read.destroy();
    return result;
  };
}

describe.each([
  ["three.js", threeHost],
  ["plain WebGPU", plainHost],
])("a device shared with %s", (_, makeHost) => {
  let device: GPUDevice;
  let uncaught: string[];
  let frame: () => Promise<Uint8Array>;
  let expected: Uint8Array;
  let session: Session;

  beforeAll(async () => {
    ({ device, uncaught } = await hostDevice());
    frame = await makeHost(device);
    expected = await frame();
    session = await Session.create({ model: CLASSIFIER, device });
  }, 60_000);

  afterAll(() => device.destroy());

  test("both go on at once: the map is that of a session alone, and the frames are those without it", async () => {
    expect(new Set(expected).size).toBeGreaterThan(2);
    let explaining = true;
    const explained = session.explain(photo, RISE).finally(() => {
      explaining = false;
    });
    let frames = 0;
    while (explaining) {
      device.pushErrorScope("validation");
      const drawing = frame();
      expect(await device.popErrorScope()).toBeNull();
      expect(await drawing).toEqual(expected);
      frames++;
    }
    expect((await explained).map).toEqual(alone);
    expect(frames).toBeGreaterThan(1);
    expect(uncaught).toEqual([]);
  });

  test("the host's errors are the host's, in its scopes and out of them", async () => {
    // three.js says what nobody caught.
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const explained = session.explain(photo, {
      ...RISE,
      onProgress: ({ stage, done }) => {
        if (stage !== "sample" || done > 0) return;
        device.pushErrorScope("validation");
        refused(device);
        caught.push(device.popErrorScope());
        refused(device);
      },
    });
    const caught: Promise<GPUError | null>[] = [];
    expect((await explained).map).toEqual(alone);
    expect(await Promise.all(caught)).toEqual([expect.objectContaining({ message: expect.any(String) })]);
    expect(uncaught.splice(0)).toEqual([expect.any(String)]);
    said.mockRestore();
  });

  test("the session's errors are the session's, also within a scope of the host", async () => {
    device.pushErrorScope("validation");
    const failing = session.lend({}, async ({ engine }) => {
      await engine.guard(() => engine.attempt("something", () => refused(engine.device)));
    });
    expect(await rejected(failing)).toMatchObject({ code: "INVALID", message: expect.stringContaining("something") });
    expect(await device.popErrorScope()).toBeNull();
    expect(uncaught).toEqual([]);
    expect((await session.explain(photo, RISE)).map).toEqual(alone);
  });

  test("outlives the session", async () => {
    session.dispose();
    expect(await frame()).toEqual(expected);
    const again = await Session.create({ model: CLASSIFIER, device });
    expect((await again.explain(photo, RISE)).map).toEqual(alone);
    again.dispose();
    expect(await frame()).toEqual(expected);
    expect(await Promise.race([device.lost, "alive"])).toBe("alive");
  });
});

test("a device of the host without features and raised limits serves, too, for a net that fits", async () => {
  const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
  const device = await adapter.requestDevice();
  const session = await Session.create({ model: CLASSIFIER, device });
  const { map } = await session.explain(photo, RISE);
  const worst = Math.max(...(map as Float32Array).map((value, i) => Math.abs(value - (alone[i] as number))));
  expect(worst).toBeLessThan(1e-5);
  session.dispose();
  device.destroy();
});
