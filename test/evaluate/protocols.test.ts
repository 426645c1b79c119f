import { expect, test } from "vitest";
import { findProtocol, PROTOCOLS } from "../../src/evaluate/protocols.ts";
import { IMAGENET_INPUT, type InputSpec } from "../../src/nets/input-spec.ts";
import { thrown } from "../support/errors.ts";

const PIXELS = 224 ** 2;

const sized = (height: number, width: number): InputSpec => ({ ...IMAGENET_INPUT, height, width });

/** Of the blur that insertion starts from; none where it blurs nothing. */
function tapsOf(protocol: string, input: InputSpec): readonly number[] {
  const { insertion } = findProtocol(protocol);
  return insertion === "blank" ? [] : insertion(input).taps;
}

test.each([
  { name: "rise", points: 225, second: 224, blur: 6 },
  { name: "rise-fast", points: 29, second: 1792, blur: 6 },
  { name: "group-cam", points: 113, second: 448, blur: 26 },
  { name: "xplique", points: 11, second: 5017, blur: 0 },
  { name: "torch-cam", points: 21, second: 2509, blur: 0 },
  { name: "gomez", points: 197, second: 256, blur: 23 },
])("$name: $points points from nothing to everything", ({ name, points, second, blur }) => {
  const protocol = findProtocol(name);
  const replaced = protocol.replaced(IMAGENET_INPUT);
  expect(replaced).toHaveLength(points);
  expect([replaced[0], replaced[1], replaced.at(-1)]).toEqual([0, second, PIXELS]);
  expect(replaced).toEqual([...new Set(replaced)].sort((a, b) => a - b));
  expect(tapsOf(name, IMAGENET_INPUT)).toHaveLength(blur);
});

test.each([
  // 5 and 42 pixels are 1/224 of them, rounded up.
  { name: "rise", little: [206, 5], wide: [221, 42], blurs: [2, 3] },
  { name: "rise-fast", little: [29, 37], wide: [29, 330], blurs: [2, 3] },
  { name: "group-cam", little: [104, 10], wide: [113, 83], blurs: [5, 12] },
  { name: "xplique", little: [11, 102], wide: [11, 921], blurs: [0, 0] },
  { name: "torch-cam", little: [21, 52], wide: [21, 461], blurs: [0, 0] },
  { name: "gomez", little: [197, 5], wide: [197, 47], blurs: [4, 10] },
])("$name at 32 x 32 and at 48 x 192", ({ name, little, wide, blurs }) => {
  [sized(32, 32), sized(48, 192)].forEach((input, i) => {
    const [points, second] = [little, wide][i] as [number, number];
    const replaced = findProtocol(name).replaced(input);
    expect(replaced).toHaveLength(points);
    expect([replaced[0], replaced[1], replaced.at(-1)]).toEqual([0, second, input.height * input.width]);
    expect(replaced).toEqual([...new Set(replaced)].sort((a, b) => a - b));
    expect(tapsOf(name, input)).toHaveLength(blurs[i] as number);
  });
});

test.each(PROTOCOLS)("$name: points rise from nothing to all pixels of any size, and its kernel sums to 1", ({ name, replaced }) => {
  for (const input of [IMAGENET_INPUT, sized(1, 1), sized(3, 2), sized(8, 8), sized(17, 31), sized(2, 2000), sized(299, 299)]) {
    const points = replaced(input);
    expect([points[0], points.at(-1)]).toEqual([0, input.height * input.width]);
    expect(points.every((point, i) => i === 0 || point > (points[i - 1] as number))).toBe(true);
    const taps = tapsOf(name, input);
    if (taps.length === 0) continue;
    const [centre, ...sides] = taps as [number, ...number[]];
    expect(centre + 2 * sides.reduce((sum, tap) => sum + tap, 0)).toBeCloseTo(1, 12);
    expect(taps.length).toBeGreaterThan(1);
  }
});

test("RISE's kernel is what SciPy makes of an impulse in 11 pixels, sigma 5", () => {
  const taps = tapsOf("rise", IMAGENET_INPUT);
  const scipy = [0.09398206, 0.09348939, 0.09219112, 0.0904742, 0.08889612, 0.08795815];
  scipy.forEach((weight, i) => {
    expect(taps[i]).toBeCloseTo(weight, 8);
  });
});

test("an unknown one is refused with those there are", () => {
  expect(thrown(() => findProtocol("paper"))).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("rise-fast") });
});
