import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  accountFor,
  adapterName,
  alignClocks,
  checkDefinition,
  deviceDescriptor,
  Engine,
  measureCeilings,
  measureProfile,
  PlanBuilder,
  pcg4d,
  profiled,
  profileFile,
  replaySums,
  requestDevice,
  Stopwatch,
  totalsBy,
  traceOf,
} from "../../src/faces/engine.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { type Any, type Case, fill, refusal, scale } from "../support/wrong-calls.ts";

let engine: Any;
let device: GPUDevice;
let bindings: Any;
beforeAll(async () => {
  device = await sharedDevice();
  engine = await Engine.create({ device });
  bindings = {
    input: engine.tensor("input", [64], new Float32Array(64).fill(2)),
    index: engine.tensor("index", [4], new Uint32Array(4)),
    table: engine.tensor("table", [8], new Float32Array(8).fill(5)),
    out: engine.tensor("out", [64]),
  };
});
afterAll(() => {
  engine.dispose();
});

describe("the engine and its functions refuse", () => {
  const profile = () => ({ began: 0, wall: 1, clock: { mode: "exact", step: 1 }, spans: [], submits: [], activities: [], lost: 0 });
  const span = { plan: "p", kernel: "k", label: "l", submit: 0, start: 0, end: 1, flops: 1, bytes: 1 };
  const raw = () => bindings.input.buffer;
  test.each<Case>([
    ["new Engine()", () => new (Engine as Any)(), "device is undefined"],
    ["options", () => Engine.create(5 as Any), "options of Engine.create are 5"],
    ["an unknown option", () => Engine.create({ devise: device } as Any), 'no "devise"'],
    ["a null device", () => Engine.create({ device: null } as Any), "device is null"],
    ["an adapter as device", () => Engine.create({ device: navigator.gpu } as Any), "device is a GPU"],
    ["memory as text", () => Engine.create({ device, memory: "1e9" } as Any), 'memory is "1e9"'],
    ["a buffer without bytes", () => engine.buffer("b"), "bytes of buffer"],
    ["a buffer without a use", () => engine.allocate("b", 16), "usage of buffer"],
    ["release", () => engine.release(), "undefined"],
    ["attempt", () => engine.attempt("x"), "undefined"],
    ["guard", () => engine.guard(), "undefined"],
    ["keep", () => engine.keep(), "undefined"],
    ["answer", () => engine.answer("x"), "undefined"],
    ["work", () => engine.work("x"), "undefined"],
    ["wait", () => engine.wait("x"), "undefined"],
    ["submit", () => engine.submit(), "undefined"],
    ["writeBuffer", () => engine.writeBuffer(), "undefined"],
    ["writeBuffer of nothing", () => engine.writeBuffer(raw(), 0), "undefined"],
    ["writeBuffer past the end", () => engine.writeBuffer(raw(), 4, new Float32Array(64)), "256 bytes from 4 on"],
    ["copyBuffer", () => engine.copyBuffer(raw()), "undefined"],
    ["copyBuffer past the end", () => engine.copyBuffer(raw(), bindings.out.buffer, 0, 1000), "1000 bytes"],
    ["readBuffer", () => engine.readBuffer(), "undefined"],
    ["readBuffer past the end", () => engine.readBuffer(raw(), 1000), "1000 bytes"],
    ["kernels.get", () => engine.kernels.get(), "name is undefined"],
    ["profiled without work", () => (profiled as Any)(engine), "runs undefined"],
    ["profiled without an engine", () => (profiled as Any)(), "measures undefined"],
    ["profiled with work second", () => (profiled as Any)(engine, async () => ({})), "second argument is a function"],
    ["profiled of a list", () => profiled(engine, true, async () => [1]), "gave [1]"],
    ["profiled in profiled", () => profiled(engine, true, () => profiled(engine, true, async () => ({}))), "being profiled already"],
    ["totalsBy of a profile", () => (totalsBy as Any)(profile()), "given a profile"],
    ["totalsBy without spans", () => (totalsBy as Any)(), "sums undefined"],
    ["replaySums of a profile", () => (replaySums as Any)(profile()), "adds up an object"],
    ["replaySums of what are no spans", () => (replaySums as Any)([{}]), "span 0"],
    ["totalsBy without names", () => (totalsBy as Any)([span]), "names from undefined"],
    ["totalsBy of names that are none", () => (totalsBy as Any)([span], () => undefined), "got the name undefined"],
    ["totalsBy of what are no spans", () => (totalsBy as Any)([{}], () => "x"), "span 0"],
    ["measureProfile", () => (measureProfile as Any)(), "given undefined"],
    ["accountFor", () => (accountFor as Any)(), "given undefined"],
    ["accountFor of a result", () => (accountFor as Any)({ profile: profile() }), "given an object"],
    ["alignClocks", () => (alignClocks as Any)(null), "given null"],
    ["alignClocks of a lost submit", () => (alignClocks as Any)({ ...profile(), spans: [span] }), "submit 0"],
    ["profileFile", () => (profileFile as Any)(), "given undefined"],
    ["profileFile of nothing known", () => (profileFile as Any)(profile()), "made by undefined"],
    ["profileFile without a date", () => (profileFile as Any)(profile(), { adapter: engine.adapter }), "made by an object"],
    ["traceOf", () => (traceOf as Any)(), "given undefined"],
    ["traceOf with an adapter's facts", () => (traceOf as Any)(profile(), engine.adapter), "adapter an object"],
    ["deviceDescriptor", () => (deviceDescriptor as Any)({}), "an object"],
    ["deviceDescriptor without an adapter", () => (deviceDescriptor as Any)(), "undefined"],
    ["deviceDescriptor with features that are none", () => deviceDescriptor(device as Any, { requiredFeatures: 5 } as Any), "are 5"],
    ["adapterName", () => (adapterName as Any)(), "undefined"],
    ["pcg4d", () => (pcg4d as Any)(1, 2, 3), "index is undefined"],
    ["checkDefinition", () => (checkDefinition as Any)(), "name is undefined"],
    ["checkDefinition with constants", () => (checkDefinition as Any)(scale, null), "constants are null"],
    ["checkDefinition of what JSON cannot be", () => checkDefinition({ ...scale, constants: { SIZE: 4n } } as Any), "constants cannot be"],
    ["measureCeilings", () => (measureCeilings as Any)(), "measures undefined"],
    ["measureCeilings without a stopwatch", () => (measureCeilings as Any)(engine), "measures with undefined"],
    ["new Stopwatch()", () => new (Stopwatch as Any)(), "measures undefined"],
    ["a stopwatch without work", () => (new Stopwatch(engine) as Any).time(), "times undefined"],
    ["a stopwatch without a plan", () => (new Stopwatch(engine) as Any).timeRuns(), "times undefined"],
  ])("%s", async (_, work, message) => {
    expect(await refusal(work)).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
  });

  test("a GPU that is none", async () => {
    expect(await refusal(() => requestDevice(5 as Any))).toMatchObject({ code: "BAD_OPTION" });
  });

  test("what was disposed", async () => {
    const gone: Any = await Engine.create({ device });
    const tensor = gone.tensor("t", [4]);
    const plan: Any = new PlanBuilder(gone, "p");
    plan.dispatch(fill, { bindings: { out: tensor }, threads: [4] });
    const compiled = await plan.compile();
    gone.dispose();
    for (const work of [
      () => tensor.read(),
      () => tensor.write(new Float32Array(4)),
      () => gone.tensor("t", [4]),
      () => plan.once(),
      () => compiled.run(),
    ]) {
      expect(await refusal(work)).toMatchObject({ code: "DISPOSED" });
    }
  });
});
