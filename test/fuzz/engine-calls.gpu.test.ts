import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as face from "../../src/faces/engine.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { type Any, fill, scale } from "../support/wrong-calls.ts";
import { check } from "./check.ts";

const { Engine, EngineError, Plan, PlanBuilder, Stopwatch, Tensor } = face;

/** What would end the work of others, takes long, or is protected. */
const LEFT_OUT = ["EngineError", "dispose", "release", "measureCeilings", "requestDevice", "newPlan", "constructor"];

let engine: Any;
let values: Any[];
let calls: [string, (...given: Any[]) => unknown][];

beforeAll(async () => {
  const device = await sharedDevice();
  engine = await Engine.create({ device });
  const out = engine.tensor("out", [64]);
  const builder: Any = new PlanBuilder(engine, "fuzzed");
  const step = builder.dispatch(fill, { bindings: { out }, threads: [64] });
  const plan = await builder.compile();
  const watch: Any = new Stopwatch(engine);
  const objects: [string, Any, Any][] = [
    ["engine", engine, Engine],
    ["tensor", out, Tensor],
    ["builder", builder, PlanBuilder],
    ["plan", plan, Plan],
    ["stopwatch", watch, Stopwatch],
  ];
  const junk = [undefined, null, true, -1, 0, 0.5, 4, 1e9, Number.NaN, 4n, "", "x", "f16", Symbol("s"), [], [4], ["a"], {}, { a: 1 }];
  const things = [() => ({}), async () => 5, Promise.resolve(5), new Float32Array(4), new Uint32Array(64), new Float64Array(4), new Map()];
  const parts = [
    { bindings: { out }, threads: [4] },
    { signal: 5 },
    { spans: [] },
    Object.create(null),
    device,
    out.buffer,
    step,
    fill,
    scale,
  ];
  values = [...junk, ...things, ...parts, ...objects.map(([, object]) => object)];
  const functions = Object.entries<Any>(face).filter(([name, value]) => typeof value === "function" && !LEFT_OUT.includes(name));
  calls = functions.map(([name, value]) => [name, (...given) => (/^[A-Z]/.test(name) ? new value(...given) : value(...given))]);
  for (const [name, object, type] of objects) {
    const bases = [type.prototype, Object.getPrototypeOf(type.prototype)];
    const methods = new Set(bases.flatMap((base) => Object.getOwnPropertyNames(base)));
    for (const method of methods) {
      const { value } = bases.map((base) => Object.getOwnPropertyDescriptor(base, method)).find(Boolean) ?? {};
      if (typeof value !== "function" || LEFT_OUT.includes(method)) continue;
      calls.push([`${name}.${method}`, (...given) => object[method](...given)]);
    }
  }
});
afterAll(() => engine.dispose());

test("any call of relabel/engine works, or is refused by an error that says what to do", async () => {
  const numbers = fc.array(fc.nat(values.length - 1), { maxLength: 4 });
  await check(
    4000,
    fc.asyncProperty(fc.nat(calls.length - 1), numbers, async (at, given) => {
      const [name, call] = calls[at] as (typeof calls)[number];
      const made = given.map((index) => values[index]);
      try {
        await call(...made);
      } catch (error) {
        if (!(error instanceof EngineError))
          throw new Error(`${name}(${made.map((value) => String(typeof value))}): ${error}`, { cause: error });
        expect(error.fix).toMatch(/\S\.$/);
      }
      await engine.settle();
    }),
  );
});
