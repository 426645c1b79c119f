import { afterEach, describe, expect, test, vi } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { add } from "../../src/shaders/index.ts";
import { freshDevice } from "../support/counting-device.ts";
import { rejected, thrown } from "../support/errors.ts";

const engines: Engine[] = [];

async function createEngine(options?: Parameters<typeof Engine.create>[0]): Promise<Engine> {
  const engine = await Engine.create(options);
  engines.push(engine);
  return engine;
}

afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
});

/** Whether a device still works. */
async function works(device: GPUDevice): Promise<boolean> {
  const lost = device.lost.then(() => false);
  const done = device.queue.onSubmittedWorkDone().then(() => true);
  return Promise.race([lost, done]);
}

describe("memory", () => {
  test("counts every buffer while it lives, and remembers the peak", async () => {
    const engine = await createEngine();
    const empty = engine.memory.used;
    const tensor = engine.tensor("a", [1024]);
    const other = engine.tensor("b", [1024]);
    expect(engine.memory.used).toBe(empty + 8192);
    const builder = new PlanBuilder(engine, "sum");
    const sum = builder.temporary("sum", [1024]);
    builder.dispatch(add, {
      bindings: { a: tensor, b: other, out: sum },
      uniforms: { vectors: 256, line: 256, low: -1, high: 1 },
      threads: [256],
    });
    const announced = builder.memory;
    expect(announced.largest).toBe(4096);
    const before = engine.memory.used;
    const plan = await builder.compile();
    expect(engine.memory.used - before).toBe(announced.bytes);
    plan.dispose();
    for (const dead of [tensor, other]) dead.dispose();
    expect(engine.memory.used).toBe(empty);
    expect(engine.memory.peak).toBe(empty + 8192 + announced.bytes);
  });

  test("a budget is kept to: what would exceed it is refused before it is made", async () => {
    const engine = await createEngine({ memory: 10_000 });
    const held = engine.tensor("held", [2000]);
    expect(thrown(() => engine.tensor("too much", [1000]))).toMatchObject({
      code: "OUT_OF_MEMORY",
      message: expect.stringMatching(/"too much" needs 0\.0 MB, and 0\.0 MB of the memory budget/),
    });
    held.dispose();
    engine.tensor("fits now", [1000]);
    expect(engine.memory.peak).toBeLessThanOrEqual(10_000);
  });
});

describe("tensors", () => {
  test("hold what is written, begin as zeros, and round their bytes up to whole vec4s", async () => {
    const engine = await createEngine();
    const tensor = engine.tensor("five", [5]);
    expect(tensor.bytes).toBe(32);
    expect([...(await tensor.read())]).toEqual([0, 0, 0, 0, 0]);
    tensor.write(new Float32Array([7, 8]), 3);
    expect([...(await tensor.read())]).toEqual([0, 0, 0, 7, 8]);
    const words = engine.tensor("words", [3], new Uint32Array([1, 2 ** 31, 2 ** 32 - 1]));
    expect([...(await words.readUint())]).toEqual([1, 2 ** 31, 2 ** 32 - 1]);
  });

  test("refuse data of another type or past their end, by name", async () => {
    const engine = await createEngine();
    const tensor = engine.tensor("four", [4]);
    for (const wrong of [
      () => tensor.write(new Float32Array(5)),
      () => tensor.write(new Float32Array(2), 3),
      () => tensor.write(new Uint32Array(4)),
      () => engine.tensor("four", [4], new Float32Array(5)),
    ]) {
      expect(thrown(wrong)).toMatchObject({ code: "INVALID", message: expect.stringContaining('"four"') });
    }
  });

  test("say that they were disposed", async () => {
    const engine = await createEngine();
    const tensor = engine.tensor("gone", [4]);
    tensor.dispose();
    tensor.dispose();
    expect(thrown(() => tensor.write(new Float32Array(4)))).toMatchObject({ code: "DISPOSED", message: expect.stringContaining('"gone"') });
    expect(await rejected(() => tensor.read())).toMatchObject({ code: "DISPOSED" });
    const plan = new PlanBuilder(engine, "late");
    const other = engine.tensor("other", [4]);
    plan.dispatch(add, {
      bindings: { a: tensor, b: other, out: engine.tensor("out", [4]) },
      uniforms: { vectors: 1, line: 1, low: 0, high: 1 },
      threads: [1],
    });
    expect(await rejected(plan.compile())).toMatchObject({ code: "DISPOSED" });
  });

  test("larger than what the adapter binds are refused with a way out", async () => {
    const engine = await createEngine();
    const elements = Math.min(engine.device.limits.maxStorageBufferBindingSize, engine.device.limits.maxBufferSize) / 4 + 1;
    expect(thrown(() => engine.tensor("huge", [elements]))).toMatchObject({ code: "LIMIT", fix: expect.stringContaining("batch") });
  });
});

describe("errors of the device", () => {
  test("a GPU out of memory is reported as such, with sizes, and the engine goes on", async () => {
    const engine = await createEngine();
    const { used } = engine.memory;
    const size = Math.min(2 ** 30, engine.device.limits.maxBufferSize);
    const error = await rejected(
      engine.guard(() => {
        // More than any machine has.
        for (let i = 0; i < 4096; i++) engine.allocate("a large net", size, GPUBufferUsage.STORAGE);
      }),
    );
    expect(error).toMatchObject({
      code: "OUT_OF_MEMORY",
      message: expect.stringMatching(/"a large net", [\d.]+ MB with [\d.]+ MB in use/),
      fix: expect.stringContaining("batch"),
    });
    expect(engine.memory.used).toBe(used);
    expect([...(await engine.tensor("small", [2], new Float32Array([3, 4])).read())]).toEqual([3, 4]);
  });

  test("what runs out of memory is told, not what that made invalid", async () => {
    const engine = await createEngine();
    const size = Math.min(2 ** 30, engine.device.limits.maxBufferSize);
    const error = await rejected(
      engine.guard(async () => {
        const buffers = Array.from({ length: 4096 }, () => engine.allocate("a large net", size, GPUBufferUsage.COPY_SRC));
        await engine.readBuffer(buffers.at(-1) as GPUBuffer, 16);
      }),
    );
    expect(error).toMatchObject({ code: "OUT_OF_MEMORY" });
  });

  test("an invalid command inside guard is reported at once, and once", async () => {
    const engine = await createEngine();
    const nonsense = () => engine.attempt("nonsense", () => engine.device.createBuffer({ size: 16, usage: 0 }));
    expect(await rejected(engine.guard(nonsense))).toMatchObject({ code: "INVALID", message: expect.stringContaining("nonsense") });
    expect(await engine.guard(() => 1)).toBe(1);
  });

  test("a guard that fails frees what it made, but not what is kept", async () => {
    const engine = await createEngine();
    const { used } = engine.memory;
    const fails = engine.guard(async () => {
      await engine.keep(async () => engine.tensor("kept", [4]));
      engine.tensor("left over", [4]);
      throw new Error("no");
    });
    await expect(fails).rejects.toThrow("no");
    expect(engine.memory.used).toBe(used + 16);
  });

  test("an invalid command of a caller of the engine's own device is reported once", async () => {
    const engine = await createEngine();
    engine.device.createBuffer({ size: 16, usage: 0 });
    await engine.device.queue.onSubmittedWorkDone();
    await vi.waitFor(() => expect(() => engine.check()).toThrow(expect.objectContaining({ code: "INVALID" })));
    await engine.finish();
  });

  test("errors and scopes of whoever shares the device stay theirs, and ours stay ours", async () => {
    const device = await freshDevice();
    const engine = await createEngine({ device });
    const uncaptured: string[] = [];
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      uncaptured.push(event.error.message);
    });
    device.createBuffer({ size: 16, usage: 0 });
    device.pushErrorScope("validation");
    const failing = await createEngine({ device });
    const ours = rejected(failing.guard(() => failing.attempt("ours", () => device.createBuffer({ size: 32, usage: 0 }))));
    const tensor = engine.tensor("tensor", [2], new Float32Array([1, 2]));
    device.createBuffer({ size: 64, usage: 0 });
    const reading = tensor.read();
    const theirs = await device.popErrorScope();
    expect([...(await reading)]).toEqual([1, 2]);
    expect(theirs?.message).toMatch(/Buffer/);
    expect(await ours).toMatchObject({ code: "INVALID", message: expect.stringContaining("ours") });
    await vi.waitFor(() => expect(uncaptured).toHaveLength(1));
    await engine.finish();
    device.destroy();
  });

  test("a lost device rejects what is pending and all that follows", async () => {
    const engine = await createEngine();
    const tensor = engine.tensor("tensor", [4]);
    const plan = new PlanBuilder(engine, "plan");
    plan.dispatch(add, {
      bindings: { a: tensor, b: engine.tensor("b", [4]), out: engine.tensor("out", [4]) },
      uniforms: { vectors: 1, line: 1, low: 0, high: 1 },
      threads: [1],
    });
    const compiled = await plan.compile();
    const pending = rejected(tensor.read());
    engine.device.destroy();
    expect(await pending).toMatchObject({ code: "DEVICE_LOST", fix: expect.any(String) });
    await engine.device.lost;
    expect(engine.lost).toBe(true);
    expect(await rejected(compiled.run())).toMatchObject({ code: "DEVICE_LOST" });
    expect(await rejected(() => tensor.read())).toMatchObject({ code: "DEVICE_LOST" });
    expect(await rejected(engine.guard(() => 1))).toMatchObject({ code: "DEVICE_LOST" });
  });
});

describe("dispose", () => {
  test("destroys a device of the engine's own", async () => {
    const engine = await createEngine();
    const { device } = engine;
    expect(await works(device)).toBe(true);
    engine.dispose();
    expect((await device.lost).reason).toBe("destroyed");
    expect(thrown(() => engine.check())).toMatchObject({ code: "DISPOSED" });
  });

  test("ends what is under way, and leaves nothing on an adopted device but the device", async () => {
    const device = await freshDevice();
    const live = new Set<GPUBuffer>();
    const watched = new Proxy(device, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (key === "createBuffer") {
          return (descriptor: GPUBufferDescriptor) => {
            const buffer = target.createBuffer(descriptor);
            const destroy = buffer.destroy.bind(buffer);
            buffer.destroy = () => {
              live.delete(buffer);
              destroy();
            };
            live.add(buffer);
            return buffer;
          };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const engine = await createEngine({ device: watched });
    const tensor = engine.tensor("tensor", [4]);
    const reading = rejected(tensor.read());
    engine.dispose();
    expect(await reading).toMatchObject({ code: "DISPOSED" });
    expect(live.size).toBe(0);
    expect(thrown(() => engine.tensor("late", [4]))).toMatchObject({ code: "DISPOSED" });
    expect(await works(device)).toBe(true);
    device.destroy();
  });

  test("leaves an adopted device alone", async () => {
    const device = await freshDevice();
    const engine = await createEngine({ device });
    await engine.tensor("tensor", [4]).read();
    engine.dispose();
    expect(await works(device)).toBe(true);
    device.destroy();
  });
});
