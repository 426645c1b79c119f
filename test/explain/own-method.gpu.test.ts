import { afterAll, beforeAll, expect, test } from "vitest";
import { check, type ExplainOptions, METHODS, type MethodDefinition, Session } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { tiles } from "../support/tiles.ts";
import { readToyWeights, TOY } from "../support/toy-teacher.ts";
import { patchwork } from "./calls.ts";

const photo = patchwork();
let session: Session;

beforeAll(async () => {
  session = await Session.create({ device: await sharedDevice(), model: TOY, weights: readToyWeights });
}, 120_000);

afterAll(() => session.dispose());

test("a method from outside explains: its map, its settings, its cost", async () => {
  const stages: string[] = [];
  const { top5 } = await session.classify(photo);
  const chosen = (top5[0] as { index: number }).index;
  const { map, ...explanation } = await session.explain(photo, {
    method: tiles,
    parameters: { tiles: 3 },
    target: chosen,
    onProgress: ({ stage, done, total }) => stages.push(`${stage} ${done}/${total}`),
  });
  expect(explanation).toMatchObject({ method: "tiles", samples: 9, aborted: false, settings: { tiles: 3, seed: 0, fit: "crop" } });
  expect(explanation.passes.forward).toBeGreaterThanOrEqual(10);
  expect(stages.at(-1)).toBe("sample 10/10");
  // The middle tile by hand: the photo as the classifier sees it, with the tile in TOY's mean colour, which lies between two bytes.
  const { input, target } = explanation;
  const ask = async (grey?: number) => {
    const data = input.slice();
    for (let y = 75; y < 150 && grey !== undefined; y++) data.fill(grey, 4 * (y * 224 + 75), 4 * (y * 224 + 150));
    return (await session.classify({ width: 224, height: 224, data }, { fit: "squash" })).probabilities[chosen] as number;
  };
  expect(map?.[112 * 224 + 112]).toBeCloseTo((await ask()) - ((await ask(127)) + (await ask(128))) / 2, 4);
  expect(Math.abs(map?.[112 * 224 + 112] as number)).toBeGreaterThan(1e-3);
  expect(target.index).toBe(chosen);
  expect(new Set(map).size).toBe(9);
});

test("it is checked as those of METHODS are", async () => {
  const { method, title, seeds } = await check(session, photo, { method: tiles, checks: ["seeds"], seeds: 2 });
  expect([method, title, seeds?.mean]).toEqual(["tiles", "Tiles", expect.closeTo(1, 6)]);
});

test("one of METHODS may be given as it is listed", async () => {
  const [relabel, , rise] = METHODS as unknown as [MethodDefinition<never>, unknown, MethodDefinition<never>];
  for (const [method, options] of [
    [relabel, { samples: 16, student: "correlation", fill: ["grey"] }],
    [rise, { parameters: { masks: 8 } }],
  ] as const) {
    const given = await session.explain(photo, { ...options, method: method as unknown as typeof tiles });
    expect(given.map).toEqual((await session.explain(photo, { ...options, method: method.name })).map);
  }
});

test("what it does not take is refused, as are definitions that cannot be used", async () => {
  const wrong = (change: object) => ({ ...tiles, ...change }) as typeof tiles;
  const parameter = (given: object) => wrong({ parameters: { tiles: { value: 3, what: "tiles", ...given } } });
  const short = wrong({ run: async (request: never) => ({ ...(await tiles.run(request)), map: new Float32Array(3) }) });
  for (const [options, message, fix] of [
    [{ method: tiles, parameters: { tiles: 33 } }, '"tiles" of Tiles is 33', "from 1 to 32"],
    [{ method: tiles, parameters: { rows: 3 } }, 'no parameter "rows"', "tiles"],
    [{ method: tiles, samples: 3 }, '"samples" is of Re-label distillation', "tiles"],
    [{ method: wrong({ name: "rise" }) }, "name that is taken", "other than: relabel"],
    [{ method: wrong({ name: "my tiles" }) }, "has the name my tiles", "letters, digits"],
    [{ method: wrong({ name: 3 }) }, "has the name 3", "letters, digits"],
    [{ method: wrong({ title: "" }) }, "no title", "text that people read"],
    [{ method: wrong({ run: undefined }) }, "no function `run`", "CONTRIBUTING.md"],
    [{ method: wrong({ parameters: undefined }) }, "no parameters", "{} for none"],
    [{ method: parameter({ what: undefined }) }, 'the parameter "tiles", which does not say what it is', "say `what`"],
    [{ method: parameter({ value: true }) }, "whose default is true", "default `value`"],
    [{ method: parameter({ low: 4 }) }, "out of its limits", "its limits allow"],
    [{ method: parameter({ value: "a", choices: ["b"] }) }, "none of its choices", "its limits allow"],
    [{ method: short }, "The map of Tiles has 3 values", "224 x 224"],
    [{ method: null }, "There is no method", "Choose one of"],
  ] as [ExplainOptions, string, string][]) {
    expect(await rejected(session.explain(photo, options))).toMatchObject({
      ...{ code: "BAD_OPTION", message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
    });
  }
});
