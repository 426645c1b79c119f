import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { type Plan, PlanBuilder } from "../../src/engine/plan.ts";
import { accountFor, alignClocks, type Profile, type Span } from "../../src/engine/profile.ts";
import { profiled } from "../../src/engine/profiled.ts";
import { Profiler } from "../../src/engine/profiler.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import type { KernelDefinition } from "../../src/shaders/definition.ts";
import { add, matmul } from "../../src/shaders/index.ts";
import { type CountingDevice, countCreations, freshDevice } from "../support/counting-device.ts";
import { rejected, thrown } from "../support/errors.ts";

const COUNT = 64;
const uniforms = { vectors: COUNT / 4, line: COUNT / 4, low: -3.4e38, high: 3.4e38 };

let counting: CountingDevice;
let engine: Engine;
let ramp: Tensor;
let one: Tensor;
let out: Tensor;

beforeAll(async () => {
  counting = countCreations(await freshDevice());
  engine = await Engine.create({ device: counting.device });
  ramp = engine.tensor(
    "ramp",
    [COUNT],
    Float32Array.from({ length: COUNT }, (_, i) => i),
  );
  one = engine.tensor("one", [COUNT], new Float32Array(COUNT).fill(1));
  out = engine.tensor("out", [COUNT]);
});

afterAll(() => {
  engine.dispose();
  counting.device.destroy();
});

/** A plan that adds one to the ramp `steps` times, each step into a temporary of its own. */
function counter(label: string, steps: number, flops?: number): PlanBuilder {
  const plan = new PlanBuilder(engine, label);
  let value = ramp;
  for (let step = 1; step <= steps; step++) {
    const next = step === steps ? out : plan.temporary(`ramp + ${step}`, [COUNT]);
    plan.dispatch(add, { label: `step ${step}`, bindings: { a: value, b: one, out: next }, uniforms, threads: [COUNT / 4], flops });
    value = next;
  }
  return plan;
}

const rampPlus = (steps: number) => Array.from({ length: COUNT }, (_, i) => i + steps);

async function withPlan<T>(builder: PlanBuilder, work: (plan: Plan) => Promise<T>): Promise<T> {
  const plan = await builder.compile();
  try {
    return await work(plan);
  } finally {
    plan.dispose();
  }
}

describe("a plan", () => {
  test("creates no GPU object in its second run, nor in the second reading of its result", async () => {
    await withPlan(counter("steady", 5), async (plan) => {
      await plan.run();
      expect([...(await out.read())]).toEqual(rampPlus(5));
      const before = counting.counts();
      expect(Object.keys(before)).toContain("createBindGroup");
      await plan.run();
      expect([...(await out.read())]).toEqual(rampPlus(5));
      expect(counting.counts()).toEqual(before);
    });
  });

  test("compiles a kernel once, however many dispatches and plans use it", async () => {
    await withPlan(counter("first", 3), async () => {
      const { createComputePipelineAsync } = counting.counts();
      await withPlan(counter("second", 4), async () => undefined);
      expect(counting.counts().createComputePipelineAsync).toBe(createComputePipelineAsync);
    });
  });

  test("its temporaries share two slots in a chain", async () => {
    await withPlan(counter("chain", 9), async (plan) => expect(plan.bytes).toBe(2 * COUNT * 4));
  });

  test("changed uniforms hold from the next run on", async () => {
    const builder = new PlanBuilder(engine, "clamped");
    const step = builder.dispatch(add, { bindings: { a: ramp, b: one, out }, uniforms, threads: [COUNT / 4] });
    await withPlan(builder, async (plan) => {
      await plan.run();
      plan.set(step, { high: 7 });
      await plan.run();
      expect([...(await out.read())]).toEqual(rampPlus(1).map((value) => Math.min(value, 7)));
      plan.set(step, { high: 3e38, low: 9 });
      await plan.run();
      expect([...(await out.read())]).toEqual(rampPlus(1).map((value) => Math.max(value, 9)));
    });
  });

  test("refuses to read and write one tensor at once, by the tensor's name", () => {
    const plan = new PlanBuilder(engine, "aliased");
    const error = thrown(() => plan.dispatch(add, { bindings: { a: out, b: one, out }, uniforms, threads: [1] }));
    expect(error).toMatchObject({ code: "INVALID", message: expect.stringContaining('"out"'), fix: expect.any(String) });
  });

  test("refuses grids that the adapter cannot hold, and empty ones", () => {
    const plan = new PlanBuilder(engine, "large");
    const bindings = { a: ramp, b: one, out };
    const limit = engine.device.limits.maxComputeWorkgroupsPerDimension;
    expect(thrown(() => plan.dispatch(add, { bindings, uniforms, threads: [64 * limit + 1] }))).toMatchObject({ code: "LIMIT" });
    expect(thrown(() => plan.dispatch(add, { bindings, uniforms, threads: [1, 0] }))).toMatchObject({ code: "LIMIT" });
  });

  test("that was disposed is refused, and so are the chunks that are left of its run", async () => {
    const plan = await counter("disposed", 8, 1e18).compile();
    const running = plan.run();
    plan.dispose();
    const gone = { code: "DISPOSED", message: 'Plan "disposed" was disposed.', fix: expect.any(String) };
    expect(await rejected(running)).toMatchObject(gone);
    expect(await rejected(plan.run())).toMatchObject(gone);
    await engine.finish();
  });

  test("refuses a missing uniform when it is compiled", async () => {
    const plan = new PlanBuilder(engine, "incomplete");
    plan.dispatch(add, { bindings: { a: ramp, b: one, out }, uniforms: { vectors: 1, line: 1, low: 0 } as never, threads: [1] });
    expect(await rejected(plan.compile())).toMatchObject({ code: "INVALID", message: expect.stringContaining("add.high") });
  });

  test("names the kernel and the compiler's line where WGSL does not compile", async () => {
    const plan = new PlanBuilder(engine, "broken");
    const broken = { ...add, name: "broken_add", source: add.source.replace("(b[at])", "(nowhere)") };
    plan.dispatch(broken, { bindings: { a: ramp, b: one, out }, uniforms, threads: [1] });
    expect(await rejected(plan.compile())).toMatchObject({
      code: "INVALID",
      message: expect.stringMatching(/broken_add.* \d+:\d+ .*nowhere/s),
    });
  });

  test("stops between submits when its signal is aborted, and runs again afterwards", async () => {
    await withPlan(counter("abortable", 8, 1e18), async (plan) => {
      const controller = new AbortController();
      const submit = engine.pace.submit.bind(engine.pace);
      let submits = 0;
      engine.pace.submit = (...parameters) => {
        submits++;
        if (submits === 3) controller.abort();
        return submit(...parameters);
      };
      try {
        expect(await rejected(plan.run({ signal: controller.signal }))).toMatchObject({ code: "ABORTED" });
        expect(submits).toBe(3);
        expect(await rejected(plan.run({ signal: controller.signal }))).toMatchObject({ code: "ABORTED" });
        expect(submits).toBe(3);
      } finally {
        engine.pace.submit = submit;
      }
      await plan.run();
      expect([...(await out.read())]).toEqual(rampPlus(8));
    });
  });
});

describe("the profiler", () => {
  async function profileOf(work: () => Promise<void>): Promise<Profile> {
    const { profile } = await profiled(engine, true, async () => {
      await work();
      return {};
    });
    return profile as Profile;
  }

  test("times every dispatch, in submits as the plan was paced, and leaves the results as they are", async () => {
    await out.read();
    const { used } = engine.memory;
    const { spans, submits, activities, lost } = await profileOf(() => withPlan(counter("profiled", 3, 1e18), (plan) => plan.run()));
    expect([...(await out.read())]).toEqual(rampPlus(3));
    expect(lost).toBe(0);
    expect(spans.map(({ label, submit }) => [label, submit])).toEqual([
      ["step 1", 0],
      ["step 2", 1],
      ["step 3", 2],
    ]);
    for (const span of spans) {
      expect(span).toMatchObject({ plan: "profiled", kernel: "add", flops: 1e18, bytes: 3 * COUNT * 4 });
      expect(span.end).toBeGreaterThanOrEqual(span.start);
    }
    for (const { submitted, done } of submits) expect(done).toBeGreaterThanOrEqual(submitted);
    expect(new Set(activities.map(({ label }) => label))).toEqual(new Set(["compile", "record", "submit"]));
    expect(engine.memory.used).toBe(used);
  });

  test("goes on to another query set where one is full, in the middle of a submit, too", async () => {
    const { spans, lost } = await profileOf(() =>
      withPlan(counter("long", 1500, 1), async (plan) => {
        for (let run = 0; run < 3; run++) await plan.run();
      }),
    );
    expect(spans.length + lost).toBe(4500);
    expect(lost).toBe(0);
    expect(spans.map(({ label }) => label)).toEqual(Array.from({ length: 4500 }, (_, index) => `step ${(index % 1500) + 1}`));
    expect(spans.every(({ start }, index) => index === 0 || start >= (spans[index - 1] as Span).start)).toBe(true);
  });

  test("accounts for the wall time of a plan", async () => {
    const size = 256;
    const [left, right, product] = ["a", "b", "c"].map((label) => engine.tensor(label, [size, size])) as [Tensor, Tensor, Tensor];
    const builder = new PlanBuilder(engine, "products");
    const { TILE_COLUMNS, TILE_ROWS } = matmul.constants;
    for (let count = 0; count < 24; count++)
      builder.dispatch(matmul, {
        bindings: { a: left, b: right, bias: engine.nothing, residual: engine.nothing, out: product },
        uniforms: {
          ...{ rows: size, inner4: size / 4, columns4: size / 4, first4: 0, out_columns4: size / 4, out_first4: 0 },
          ...{ has_bias: 0, has_residual: 0, low: -3.4e38, high: 3.4e38 },
        },
        threads: [Math.ceil(size / 4 / TILE_COLUMNS), Math.ceil(size / TILE_ROWS)],
        flops: 2 * size ** 3,
      });
    await withPlan(builder, async (plan) => {
      await plan.run();
      await engine.finish();
      const profile = await profileOf(async () => {
        await plan.run();
        await engine.finish();
      });
      const { kernels, insideSubmits, betweenSubmits } = accountFor(profile);
      expect((kernels + insideSubmits + betweenSubmits) / profile.wall).toBeGreaterThan(0.95);
      expect((kernels + insideSubmits + betweenSubmits) / profile.wall).toBeLessThan(1.05);
      expect(kernels / profile.wall).toBeGreaterThan(0.5);
      expect(alignClocks(profile)).toBeDefined();
    });
    for (const tensor of [left, right, product]) tensor.dispose();
  });

  test("says so where the device has no timestamp queries", async () => {
    const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
    const plain = await adapter.requestDevice();
    const other = await Engine.create({ device: plain });
    expect(thrown(() => new Profiler(other))).toMatchObject({ code: "LIMIT", fix: expect.stringContaining("timestamp-query") });
    other.dispose();
    plain.destroy();
  });
});

test("a kernel without uniforms, beside one of the same name that has some", async () => {
  const count = {
    name: "add",
    workgroup: [16],
    bindings: { out: "read_write" },
    uniforms: {},
    constants: {},
    source: `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(16) fn main(@builtin(global_invocation_id) id: vec3<u32>) { out[id.x] += f32(id.x); }`,
  } as const satisfies KernelDefinition;
  const plan = new PlanBuilder(engine, "two kernels called add");
  plan.dispatch(add, { bindings: { a: one, b: one, out }, uniforms, threads: [COUNT / 4] });
  plan.dispatch(count, { bindings: { out }, uniforms: {}, threads: [COUNT] });
  await plan.once();
  expect([...(await out.read())]).toEqual(Array.from({ length: COUNT }, (_, i) => 2 + i));
});
