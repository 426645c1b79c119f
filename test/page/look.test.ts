import { interpolateCividis, interpolateRdBu } from "d3-scale-chromatic";
import { expect, test } from "vitest";
import { coloursOf, endsOf, overlayOf, scaleOf, USUAL_LOOK } from "../../src/page/stage/look.ts";

/** -100 to 99. */
const MAP = Float32Array.from({ length: 200 }, (_, i) => i - 100);
const SIGNED = { ...USUAL_LOOK, values: "signed" } as const;
const ABSOLUTE = { ...USUAL_LOOK, values: "absolute" } as const;
const channels = (colour: string) => colour.match(/\d+/g)?.map(Number);

test("by default evidence for the class shows, from none or the median on", () => {
  expect(scaleOf(MAP, USUAL_LOOK)).toEqual({ low: 0, high: 99 });
  expect(endsOf({ low: 0, high: 99 }, USUAL_LOOK)).toEqual({ low: 0, high: 99 });
  expect(overlayOf(MAP, USUAL_LOOK, { low: 0, high: 99 })).toMatchObject({ map: MAP, options: { opacity: 1, signed: false } });
});

test("a signed map is as far below 0 as above, a map of sizes has none below", () => {
  expect(scaleOf(MAP, SIGNED)).toEqual({ low: 0, high: 100 });
  expect(endsOf(scaleOf(MAP, SIGNED), SIGNED)).toEqual({ low: -100, high: 100 });
  expect(overlayOf(MAP, SIGNED, scaleOf(MAP, SIGNED))).toMatchObject({ map: MAP, options: { signed: true } });
  expect(scaleOf(MAP, ABSOLUTE)).toEqual({ low: 50, high: 100 });
  expect(overlayOf(MAP, ABSOLUTE, scaleOf(MAP, ABSOLUTE)).map).toEqual(MAP.map(Math.abs));
});

test("each kind of map keeps colours of its own", () => {
  const look = { ...SIGNED, sequential: "cividis" } as const;
  expect(coloursOf(look)[0]).toEqual(channels(interpolateRdBu(1)));
  expect(coloursOf({ ...look, values: "for" }).at(-1)).toEqual(channels(interpolateCividis(1)));
});
