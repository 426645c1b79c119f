import { describe, expect, test } from "vitest";
import { DEFAULT_SAMPLES, type ExplainOptions, SETTLED_RELIABILITY, SOFTWARE_SAMPLES, settle } from "../../src/explain/explain-options.ts";
import { thrown } from "../support/errors.ts";

describe("settle", () => {
  test("defaults: gated, balanced, inpainted, the correlation student; fewer samples on a software adapter unless asked for", () => {
    expect(settle({}, false)).toMatchObject({
      synthesis: "gated",
      gates: "balanced",
      fill: ["inpaint"],
      student: "correlation",
      fit: undefined,
      seed: 0,
      samples: DEFAULT_SAMPLES,
      until: undefined,
      noiseScale: undefined,
      keep: undefined,
    });
    expect(settle({}, true).samples).toBe(SOFTWARE_SAMPLES);
    expect(settle({ samples: 1000 }, true).samples).toBe(1000);
  });

  test("samples auto: until the map has settled, of students that can tell", () => {
    expect(settle({ samples: "auto" }, false)).toMatchObject({ samples: DEFAULT_SAMPLES, until: SETTLED_RELIABILITY });
    expect(settle({ samples: "auto" }, true)).toMatchObject({ samples: SOFTWARE_SAMPLES, until: SETTLED_RELIABILITY });
    expect(settle({ samples: "auto", student: "smooth" }, true)).toMatchObject({ samples: SOFTWARE_SAMPLES, until: undefined });
    expect(settle({ samples: "auto", synthesis: "residual", student: "correlation" }, true).until).toBeUndefined();
  });

  test("each synthesis has the student that suits it, and the paper's settings for sgd", () => {
    expect(settle({ synthesis: "paper" }, false)).toMatchObject({
      student: "sgd",
      sgd: { loss: "paper", minibatch: 50, rate: 0.01, momentum: 0.9 },
    });
    expect(settle({ synthesis: "residual" }, false).student).toBe("ridge");
    expect(settle({ synthesis: "gated", student: "smooth" }, false).student).toBe("smooth");
  });

  test("the largest seed, 16 fills and both ends of the samples are allowed", () => {
    const fill = new Array(16).fill("blur");
    expect(settle({ seed: 2 ** 32 - 1, fill, samples: 2 }, false)).toMatchObject({ seed: 2 ** 32 - 1, fill, samples: 2 });
    expect(settle({ samples: 100_000 }, false).samples).toBe(100_000);
  });

  test.each<[string, ExplainOptions | object, RegExp, RegExp]>([
    ["samples", { samples: 0 }, /samples is 0/, /from 2 to/],
    ["samples", { samples: "many" as "auto" }, /samples is many/, /from 2 to/],
    ["samples", { samples: 1 }, /samples is 1/, /from 2 to/],
    ["samples", { samples: 100_001 }, /samples/, /100000/],
    ["samples", { samples: 2.5 }, /2\.5/, /whole/],
    ["samples", { samples: Number.NaN }, /NaN/, /whole/],
    ["seed", { seed: -1 }, /seed is -1/, /from 0/],
    ["seed", { seed: 2 ** 32 }, /seed/, /4294967295/],
    ["synthesis", { synthesis: "magic" }, /"magic"/, /paper, residual, gated/],
    ["student", { student: "teacher" }, /"teacher"/, /smooth/],
    ["student without gates", { synthesis: "paper", student: "smooth" }, /paper synthesis has none/, /sgd/],
    ["gates", { gates: "garden" }, /"garden"/, /random, balanced/],
    ["fit", { fit: "stretch" }, /"stretch"/, /crop, squash/],
    ["a fill", { fill: ["grey", "pink"] }, /"pink"/, /grey, blur, vae, inpaint/],
    ["no fill", { fill: [] }, /fills is 0/, /from 1 to 16/],
    ["17 fills", { fill: new Array(17).fill("grey") }, /17/, /from 1 to 16/],
    ["noise scale", { noiseScale: 0 }, /noise scale/i, /from/],
    ["keep", { keep: 1 }, /keep probability/i, /0\.99/],
    ["sgd form", { sgd: { form: "triple" } }, /"triple"/, /primal, dual/],
    ["sgd loss", { sgd: { loss: "hinge" } }, /"hinge"/, /cross-entropy/],
    ["rate", { sgd: { rate: -1 } }, /learning rate is -1/, /from/],
    ["momentum", { sgd: { momentum: 1 } }, /momentum/i, /0\.9999/],
    ["minibatch", { sgd: { minibatch: 65 } }, /minibatch/i, /from 1 to 64/],
    ["epochs", { sgd: { epochs: 0 } }, /epochs/, /from 1/],
  ])("%s: %j is refused with what and how", (_, options, what, how) => {
    expect(thrown(() => settle(options as ExplainOptions, false))).toMatchObject({
      name: "EngineError",
      code: "BAD_OPTION",
      message: expect.stringMatching(what),
      fix: expect.stringMatching(how),
    });
  });
});
