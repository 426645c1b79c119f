import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { type Profile, replaySums, totalsBy } from "../../src/engine/profile.ts";
import { profiled } from "../../src/engine/profiled.ts";
import { Stopwatch } from "../../src/engine/stopwatch.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import type { KernelDefinition } from "../../src/shaders/definition.ts";
import { add, matmul } from "../../src/shaders/index.ts";
import { sharedDevice } from "../support/shared-engine.ts";

/** As coarse as browsers make the clock. */
const STEP = 100_000;
/** So coarse that no dispatch here takes a hundred steps by itself, though the machine has other things to do. */
const COARSE = 2_000_000;
const SIDE = 64;

/** Counts in place, and in an atomic: what runs again counts on, unless it counts in copies. */
const count = {
  name: "count",
  workgroup: [64],
  bindings: { values: "read_write", total: "read_write" },
  uniforms: { by: "f32" },
  constants: {},
  source: `
struct Shape { by: f32 }
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: atomic<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  values[id.x] = values[id.x] * 3.0 + shape.by;
  atomicAdd(&total, 1u);
}`,
} as const satisfies KernelDefinition;

let device: GPUDevice;
let engine: Engine;

beforeAll(async () => {
  device = await sharedDevice();
});

beforeEach(async () => {
  engine = await Engine.create({ device });
  engine.clockStep = STEP;
});

afterEach(() => {
  vi.restoreAllMocks();
  engine.dispose();
});

const square = (label: string) => engine.tensor(label, [SIDE, SIDE]);

function appendSum(builder: PlanBuilder, a: Tensor, b: Tensor, out: Tensor, label = "sum"): void {
  const vectors = out.size / 4;
  builder.dispatch(add, {
    label,
    bindings: { a, b, out },
    uniforms: { vectors, line: vectors, low: -3.4e38, high: 3.4e38 },
    threads: [vectors],
  });
}

function appendProduct(builder: PlanBuilder, a: Tensor, b: Tensor, out: Tensor): void {
  const { TILE_COLUMNS, TILE_ROWS } = matmul.constants;
  builder.dispatch(matmul, {
    label: "product",
    bindings: { a, b, bias: engine.nothing, residual: engine.nothing, out },
    uniforms: {
      ...{ rows: SIDE, inner4: SIDE / 4, columns4: SIDE / 4, first4: 0, out_columns4: SIDE / 4, out_first4: 0 },
      ...{ has_bias: 0, has_residual: 0, low: -3.4e38, high: 3.4e38 },
    },
    threads: [Math.ceil(SIDE / 4 / TILE_COLUMNS), Math.ceil(SIDE / TILE_ROWS)],
  });
}

async function profileOf(work: () => Promise<unknown>): Promise<Profile> {
  const { profile } = await profiled(engine, true, async () => {
    await work();
    await engine.finish();
    return {};
  });
  return profile;
}

/** A pass of the stopwatch: how many dispatches it held, and its seconds before they were rounded. */
interface Pass {
  runs: number;
  seconds: number;
}

/** Looks at every pass of stopwatches from now on. The machine's own noise exceeds what rounding may do, so both clocks must see the same. */
function watchPasses(): Pass[] {
  const passes: Pass[] = [];
  const { time } = Stopwatch.prototype;
  vi.spyOn(Stopwatch.prototype, "time").mockImplementation(function (this: Stopwatch, record) {
    return time.call(this, (pass) => {
      const watched: Pass = { runs: 0, seconds: 0 };
      passes.push(watched);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...grid) => {
        watched.runs++;
        dispatch(...grid);
      };
      record(pass);
    });
  });
  const { readBuffer } = engine;
  vi.spyOn(engine, "readBuffer").mockImplementation(async (buffer, bytes) => {
    const read = await readBuffer.call(engine, buffer, bytes);
    const [begin = 0n, end = 0n] = new BigUint64Array(read);
    if (buffer.label === "stopwatch timestamps") (passes.at(-1) as Pass).seconds = Number(end - begin) / 1e9;
    return read;
  });
  return passes;
}

describe("where the clock is rounded", () => {
  test("the totals of kernels are within 5 % of what the exact clock says of the same passes", async () => {
    const [a, b, product, sum] = [square("a"), square("b"), square("product"), square("sum")];
    const builder = new PlanBuilder(engine, "both");
    appendProduct(builder, a, b, product);
    appendSum(builder, a, product, sum);
    const plan = await builder.compile();
    await plan.run();
    const passes = watchPasses();
    const { spans, clock, replayed } = await profileOf(async () => {
      for (let run = 0; run < 5; run++) await plan.run();
    });
    expect({ clock, replayed }).toEqual({ clock: { mode: "quantised", step: STEP }, replayed: true });
    expect(spans.map(({ label }) => label)).toEqual(Array.from({ length: 10 }, (_, index) => ["product", "sum"][index % 2]));
    // Of each dispatch, the last pass counts: the next one begins with a single run.
    const counting = passes.filter(({ runs }, index) => runs > 0 && (passes[index + 1]?.runs ?? 1) === 1);
    expect(counting).toHaveLength(2);
    expect(Math.max(...counting.map(({ runs }) => runs))).toBeGreaterThan(5);
    const totals = new Map(totalsBy(spans, ({ kernel }) => kernel).map((total) => [total.name, total]));
    for (const [index, kernel] of ["matmul", "add"].entries()) {
      const { runs, seconds } = counting[index] as Pass;
      expect(seconds, kernel).toBeGreaterThan(0.0099);
      const { dispatches, milliseconds } = totals.get(kernel) ?? { dispatches: 0, milliseconds: 0 };
      expect(dispatches, kernel).toBe(5);
      expect(Math.abs(milliseconds / 5e3 / (seconds / runs) - 1), kernel).toBeLessThan(0.05);
    }
    const { run, replayed: again, left } = replaySums(spans);
    expect(left).toBe(0);
    expect(run).not.toBe(again);
    expect(run).toBeCloseTo(spans.reduce((total, { start, end }) => total + end - start, 0) / 1e6, 9);
    plan.dispose();
  });

  test("what dispatches write in place is as after the work, and so are their uniforms", async () => {
    const values = engine.tensor("values", [64], new Float32Array(64).fill(1));
    const total = engine.tensor("total", [4], new Uint32Array(4));
    const builder = new PlanBuilder(engine, "counting");
    const step = builder.dispatch(count, { bindings: { values, total }, uniforms: { by: 1 }, threads: [64] });
    const plan = await builder.compile();
    const { spans, replayed } = await profileOf(async () => {
      await plan.run();
      plan.set(step, { by: 2 });
      await plan.run();
    });
    expect(replayed).toBe(true);
    expect(spans).toHaveLength(2);
    // One dispatch, though its uniforms have changed.
    expect(spans[0]?.replayed).toBeGreaterThan(0);
    expect(spans[1]?.replayed).toBe(spans[0]?.replayed);
    expect([...new Set(await values.read())]).toEqual([(1 * 3 + 1) * 3 + 2]);
    expect((await total.readUint(1))[0]).toBe(128);
    await plan.run();
    expect([...new Set(await values.read())]).toEqual([14 * 3 + 2]);
    plan.dispose();
  });

  test("dispatches of plans and tensors that are disposed of meanwhile are replayed, and nothing stays", async () => {
    const { used } = engine.memory;
    const held: number[] = [];
    const { spans } = await profileOf(async () => {
      for (let time = 0; time < 3; time++) {
        const [a, sum] = [square("a"), square("sum")];
        const builder = new PlanBuilder(engine, "once");
        const between = builder.temporary("between", [SIDE, SIDE]);
        appendSum(builder, a, a, between, "first");
        appendSum(builder, between, a, sum, "second");
        await builder.once();
        for (const tensor of [a, sum]) tensor.dispose();
        held.push(engine.memory.used - used);
      }
    });
    // Plans that are the same are held once.
    expect(held[0]).toBeGreaterThan(3 * 4 * SIDE * SIDE);
    expect(held[2]).toBe(held[0]);
    expect(spans).toHaveLength(6);
    for (const { replayed } of spans) expect(replayed).toBeGreaterThan(0);
    expect(new Set(spans.map(({ replayed }) => replayed)).size).toBe(2);
    expect(engine.memory.used - used).toBeLessThan(1024);
  });

  test("a dispatch that takes a hundred steps by itself keeps its time, and runs no more", async () => {
    // Far finer than a dispatch is long here.
    engine.clockStep = 10_000;
    const passes = watchPasses();
    const size = 1 << 22;
    const [a, out] = [engine.tensor("a", [size]), engine.tensor("out", [size])];
    const { spans, replayed } = await profileOf(async () => {
      const builder = new PlanBuilder(engine, "long");
      builder.dispatch(add, {
        bindings: { a, b: a, out },
        uniforms: { vectors: size / 4, line: 1 << 14, low: -3.4e38, high: 3.4e38 },
        threads: [1 << 14, size / 4 / (1 << 14)],
      });
      await builder.once();
    });
    expect(replayed).toBe(true);
    expect(spans).toHaveLength(1);
    for (const { start, end, replayed: again } of spans) expect([end - start > 1e6, again]).toEqual([true, end - start]);
    expect(passes.every(({ runs }) => runs === 0)).toBe(true);
  });

  test("what others need the memory for comes first: then a dispatch keeps its own time", async () => {
    const bytes = 4 * SIDE * SIDE;
    engine.dispose();
    engine = await Engine.create({ device, memory: 10 * bytes });
    engine.clockStep = COARSE;
    const kept = square("kept");
    const { spans, replayed } = await profileOf(async () => {
      const a = square("a");
      const builder = new PlanBuilder(engine, "early");
      appendSum(builder, a, a, kept, "early");
      await builder.once();
      a.dispose();
      expect(engine.memory.used).toBeGreaterThan(2 * bytes);
      const most = Math.floor(engine.free / 4);
      const large = engine.tensor("large", [most - 64]);
      large.dispose();
      const late = new PlanBuilder(engine, "late");
      appendSum(late, kept, kept, engine.tensor("sum", [SIDE, SIDE]), "late");
      await late.once();
    });
    expect(replayed).toBe(true);
    expect(spans.map((span) => [span.label, span.replayed !== undefined])).toEqual([
      ["early", false],
      ["late", true],
    ]);
    expect(replaySums(spans).left).toBe(1);
    kept.dispose();
  });

  test("where memory is too short for a copy, a dispatch keeps its own time", async () => {
    const size = 1 << 18;
    engine.dispose();
    // Room for two tensors and for what the profiler itself needs, not for three.
    engine = await Engine.create({ device, memory: 2.5 * 4 * size });
    engine.clockStep = COARSE;
    const [a, out] = [engine.tensor("a", [size]), engine.tensor("out", [size], new Float32Array(size).fill(1))];
    const { spans, replayed } = await profileOf(async () => {
      const builder = new PlanBuilder(engine, "tight");
      appendSum(builder, a, a, out);
      await builder.once();
    });
    expect(replayed).toBe(true);
    expect(spans).toHaveLength(1);
    expect(replaySums(spans).left).toBe(1);
    expect((await out.read(4))[0]).toBe(0);
  });

  test("an exact clock needs no replay", async () => {
    engine.clockStep = 1;
    const [a, out] = [square("a"), square("out")];
    const passes = watchPasses();
    const { spans, clock, replayed } = await profileOf(async () => {
      const builder = new PlanBuilder(engine, "exact");
      appendSum(builder, a, a, out);
      await builder.once();
    });
    expect([clock.mode, replayed]).toEqual(["exact", false]);
    expect(spans).toEqual([expect.not.objectContaining({ replayed: expect.anything() })]);
    expect(passes.every(({ runs }) => runs === 0)).toBe(true);
  });
});
