import { interpolateInferno } from "d3-scale-chromatic";
import { describe, expect, test } from "vitest";
import { overlay, overlayColour, overlayScale } from "../../src/explain/overlay.ts";
import { Random } from "../support/random.ts";

const SIZE = 16;
const input = Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, i) => [200, 100, 50, 7][i % 4] as number);

/** Red, green, blue and opacity of a pixel. */
const pixel = (image: Uint8ClampedArray, at: number) => [...image.subarray(4 * at, 4 * at + 4)] as [number, number, number, number];
const spread = ([r, g, b]: [number, number, number, number]) => Math.max(r, g, b) - Math.min(r, g, b);

test("colours are those of the scale inferno", () => {
  for (let i = 0; i < 256; i++) {
    const hex = overlayColour(i / 255).colour.map((part) => part.toString(16).padStart(2, "0"));
    expect(`#${hex.join("")}`).toBe(interpolateInferno(i / 255));
  }
});

describe("overlay", () => {
  test("is opaque, and changes neither map nor photo", () => {
    const map = new Random(1).floats(SIZE * SIZE);
    const [before, photo] = [map.slice(), input.slice()];
    const image = overlay(map, input);
    expect(image).toHaveLength(SIZE * SIZE * 4);
    expect(image.filter((_, i) => i % 4 === 3).every((value) => value === 255)).toBe(true);
    expect(map).toEqual(before);
    expect(input).toEqual(photo);
  });

  test("what speaks for the class glows; what does not is the photo with less colour", () => {
    const map = new Float32Array(SIZE * SIZE);
    map.fill(1, 0, 8);
    map.fill(-1, 200);
    const image = overlay(map, input);
    const plain = pixel(image, 100);
    expect(spread(plain)).toBeGreaterThan(0);
    expect(spread(plain)).toBeLessThan(150);
    // Evidence against the class looks like none.
    expect(pixel(image, 220)).toEqual(plain);
    expect(pixel(image, 3)[0]).toBeGreaterThan(plain[0]);
  });

  test("a map without a difference, or without evidence for the class, shows the photo alone", () => {
    const plain = overlay(new Float32Array(SIZE * SIZE), input);
    expect(overlay(new Float32Array(SIZE * SIZE).fill(-3), input)).toEqual(plain);
    expect(overlay(new Float32Array(SIZE * SIZE).fill(3), input)).toEqual(plain);
  });

  test("one outlier does not darken the rest", () => {
    const map = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i < 64 ? 1 : 0));
    const image = overlay(map, input);
    const spiked = overlay(
      map.map((value, i) => (i === 200 ? 1e6 : value)),
      input,
    );
    expect(pixel(spiked, 5)).toEqual(pixel(image, 5));
  });

  test("other colours are taken from a list: by strength, of a signed map from the most against to the most for", () => {
    const [black, white] = [
      [0, 0, 0],
      [255, 255, 255],
    ] as const;
    const map = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i < 64 ? 1 : i < 128 ? -1 : 0));
    const options = { scale: { low: 0, high: 1 }, colours: [black, white] };
    // Grey of the input is 124, of which 0.6 are mixed with 0.4 of each channel.
    const base = [200, 100, 50].map((part) => 0.6 * (0.299 * 200 + 0.587 * 100 + 0.114 * 50) + 0.4 * part);
    const mixed = (share: number, colour: number) => base.map((part) => Math.round(part * (1 - share) + colour * share));
    const plain = overlay(map, input, options);
    expect(pixel(plain, 0).slice(0, 3)).toEqual(mixed(0.75, 255));
    expect(pixel(plain, 100).slice(0, 3)).toEqual(mixed(0, 0));
    const signed = overlay(map, input, { ...options, signed: true });
    expect(pixel(signed, 0).slice(0, 3)).toEqual(mixed(0.75, 255));
    expect(pixel(signed, 100).slice(0, 3)).toEqual(mixed(0.75, 0));
    expect(pixel(signed, 200).slice(0, 3)).toEqual(mixed(0, 0));
  });

  test("what is no list of colours is refused", () => {
    for (const colours of [
      [],
      [[0, 0, 0]],
      [
        [0, 0, 0],
        [0, 0, 256],
      ],
      [
        [0, 0],
        [1, 1],
      ],
      "inferno",
      [[0, 0, 0], null],
    ])
      expect(() => overlay(new Float32Array(SIZE * SIZE), input, { colours: colours as never })).toThrow(/colours are/);
  });

  test("by one scale, equal values of two maps look alike; by their own they do not", () => {
    const weak = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i < 64 ? 1 : 0));
    const strong = weak.map((value, i) => (i === 0 ? value : 2 * value));
    const scale = { low: 0, high: 2 };
    expect(pixel(overlay(weak, input, { scale }), 0)).toEqual(pixel(overlay(strong, input, { scale }), 0));
    expect(pixel(overlay(weak, input), 0)).not.toEqual(pixel(overlay(strong, input), 0));
    expect(overlay(strong, input, { scale: overlayScale(strong) })).toEqual(overlay(strong, input));
  });
});
