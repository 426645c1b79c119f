import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { type ExplainOptions, FILLS, GATES, STUDENTS, SYNTHESES } from "../../src/explain/explain-options.ts";
import type { Parameter } from "../../src/explain/method.ts";
import { choose, METHODS } from "../../src/explain/methods.ts";
import { accepted, check } from "./check.ts";

/** Anything that JSON or a caller without types may hand over, with what is nearly right among it. */
const anything = fc.oneof(
  { weight: 2, arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, Number.NaN, -0, Infinity, -1, 0.5, "1", "", [], {}, true, Symbol("s"), () => 1) },
  fc.string({ unit: "binary", minLength: 600, maxLength: 900 }),
);
/** Mostly a good value. */
const mostly = (...good: fc.Arbitrary<unknown>[]) => fc.oneof(...good.map((arbitrary) => ({ weight: 6, arbitrary })), anything);
const optional = (values: Record<string, fc.Arbitrary<unknown>>) => fc.record(values, { requiredKeys: [] });

const choice = (names: readonly string[]) => mostly(fc.constantFrom(...names));
const number = (low: number, high: number) => {
  const inside = fc.double({ min: low, max: high, noNaN: true });
  return mostly(inside, inside.map(Math.round));
};

const valueFor = ({ value, low = -1e9, high = 1e9, choices }: Parameter) => {
  if (choices) return choice(choices);
  return typeof value === "number" ? number(low, high) : mostly(fc.constant(value), fc.constantFrom("grey,blur", " vae", "x", "bn2"));
};
const parameters = fc.oneof(
  ...METHODS.map((method) =>
    fc.tuple(
      fc.constant(method.name),
      optional(Object.fromEntries(Object.entries(method.parameters).map(([name, parameter]) => [name, valueFor(parameter)]))),
    ),
  ),
);

const common = optional({ seed: number(0, 2 ** 32 - 1), fit: choice(["crop", "squash"]) });
const relabel = optional({
  samples: number(2, 5000),
  synthesis: choice(SYNTHESES),
  gates: choice(GATES),
  fill: mostly(fc.array(fc.constantFrom(...FILLS), { minLength: 1, maxLength: 4 }), fc.array(anything, { maxLength: 3 })),
  student: choice(STUDENTS),
  noiseScale: number(1e-6, 1e6),
  keep: number(0.01, 0.99),
  sgd: mostly(
    optional({
      ...{ form: choice(["primal", "dual"]), loss: choice(["paper", "cross-entropy"]), rate: number(1e-9, 1e3) },
      ...{ momentum: number(0, 0.9999), minibatch: number(1, 64), epochs: number(1, 10_000) },
    }),
  ),
});

/** Whether a setting is what the list of methods allows. */
function assertWithin(
  name: string,
  value: unknown,
  { value: standard, low = -Infinity, high = Infinity, whole, choices }: Parameter,
): void {
  if (choices) assert.ok(choices.includes(value as string), `${name} ${String(value)}`);
  else if (typeof standard === "string") assert.ok(typeof value === "string" || Array.isArray(value), name);
  else
    assert.ok(
      typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value)),
      `${name} ${String(value)}`,
    );
}

test("options of an explanation are settled within their ranges, or refused in a line", async () => {
  const methods = mostly(fc.constantFrom(...METHODS.map(({ name }) => name)));
  const options = fc
    .tuple(common, fc.oneof(relabel, fc.constant({})), fc.option(parameters), fc.option(methods), fc.option(anything))
    .map(([first, second, own, method, wild]) => ({
      ...{ ...first, ...second },
      ...(own ? { method: own[0], parameters: own[1] } : {}),
      ...(method === null ? {} : { method }),
      ...(wild === null ? {} : { parameters: wild }),
    }));
  let settled = 0;
  await check(
    3000,
    fc.asyncProperty(options, fc.boolean(), async (given, software) => {
      const found = await accepted(["BAD_OPTION"], () => choose(given as ExplainOptions, software));
      if (!found) return;
      settled++;
      const { method, settings } = found;
      for (const [name, parameter] of Object.entries(method.parameters)) assertWithin(name, settings[name], parameter);
      assertWithin("seed", settings.seed, { value: 0, low: 0, high: 2 ** 32 - 1, whole: true, what: "" });
      for (const fill of (settings.fill ?? []) as string[]) assert.ok((FILLS as readonly string[]).includes(fill));
    }),
  );
  assert.ok(settled > 0);
});
