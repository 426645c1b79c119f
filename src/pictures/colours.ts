/** Colours as pictures state them, by numbers or by an ICC profile (ICC.1), and their conversion to sRGB. */
import { unsupported } from "./errors.ts";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** From a sample in [0, 1] to light in [0, 1]. */
type Curve = (sample: number) => number;

/** How samples become light in linear sRGB: a curve for each channel, or one for grey, then for RGB a matrix. */
export interface Colours {
  curves: readonly Curve[];
  matrix: Matrix | undefined;
}

/** y = (a x + b)^g from d on, c x below (ICC.1, parametric curve type 3). */
function parametric(g: number, a: number, b: number, c: number, d: number, e = 0, f = 0): Curve {
  return (x) => (x >= d ? Math.max(a * x + b, 0) ** g + e : c * x + f);
}

const power = (exponent: number): Curve => parametric(exponent, 1, 0, 0, 0);

const SRGB_CURVE = parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);
/** How screens show what cameras encoded for television, BT.709 and its kin (ITU-R BT.1886). */
const TELEVISION_CURVE = power(2.4);

type Point = readonly [x: number, y: number];

/** x and y of white and of the three primaries (CIE 1931). */
export type Chromaticities = readonly [white: Point, red: Point, green: Point, blue: Point];

const D65: Point = [0.3127, 0.329];
const SRGB: Chromaticities = [D65, [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];

/** Of ITU-T H.273, the code points that photos have. */
const PRIMARIES: Readonly<Record<number, Chromaticities>> = {
  1: SRGB,
  5: [D65, [0.64, 0.33], [0.29, 0.6], [0.15, 0.06]],
  6: [D65, [0.63, 0.34], [0.31, 0.595], [0.155, 0.07]],
  7: [D65, [0.63, 0.34], [0.31, 0.595], [0.155, 0.07]],
  9: [D65, [0.708, 0.292], [0.17, 0.797], [0.131, 0.046]],
  12: [D65, [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]],
};

const CURVES: Readonly<Record<number, Curve>> = {
  1: TELEVISION_CURVE,
  4: power(2.2),
  5: power(2.8),
  6: TELEVISION_CURVE,
  8: power(1),
  13: SRGB_CURVE,
  14: TELEVISION_CURVE,
  15: TELEVISION_CURVE,
};

/** Throws a PictureError for the code points of HDR, which has no one way to be shown in 8 bits. */
export function refuseHdr(transfer: number): void {
  if (transfer === 16 || transfer === 18) throw unsupported("HDR (PQ or HLG)", "Export it in standard dynamic range (SDR).");
}

/** The colours of H.273 code points; undefined for sRGB, and for those that photos do not have. */
export function codedColours(primaries: number, transfer: number, grey: boolean): Colours | undefined {
  const [points, curve] = [PRIMARIES[primaries], CURVES[transfer]];
  if (!points || !curve || (points === SRGB && curve === SRGB_CURVE)) return undefined;
  return coloursOf(points, curve, grey);
}

/** The colours of an exponent of the samples, and of primaries, sRGB's without them; undefined where they span none. */
export function gammaColours(exponent: number, points: Chromaticities | undefined, grey: boolean): Colours | undefined {
  return coloursOf(points ?? SRGB, power(exponent), grey);
}

function coloursOf(points: Chromaticities, curve: Curve, grey: boolean): Colours | undefined {
  const xyz = adapted(points);
  return xyz && { curves: grey ? [curve] : [curve, curve, curve], matrix: grey ? undefined : multiply(FROM_XYZ, xyz) };
}

const D50: Triple = [0.9642, 1, 0.8249];
/** From XYZ to the responses of cones after Bradford (ICC.1, annex E). */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

const diagonal = (x: number, y: number, z: number): Matrix => [
  [x, 0, 0],
  [0, y, 0],
  [0, 0, z],
];

const IDENTITY = diagonal(1, 1, 1);

const apply = (matrix: Matrix, [x, y, z]: Triple) => matrix.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;

const columns = (a: Triple, b: Triple, c: Triple): Matrix => [
  [a[0], b[0], c[0]],
  [a[1], b[1], c[1]],
  [a[2], b[2], c[2]],
];

function multiply(left: Matrix, right: Matrix): Matrix {
  const column = (index: 0 | 1 | 2) => apply(left, [right[0][index], right[1][index], right[2][index]]);
  return columns(column(0), column(1), column(2));
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const scale = 1 / (a * p + b * q + c * r);
  const scaled = (x: number, y: number, z: number): Triple => [x * scale, y * scale, z * scale];
  return [scaled(p, c * h - b * i, b * f - c * e), scaled(q, a * i - c * g, c * d - a * f), scaled(r, b * g - a * h, a * e - b * d)];
}

const toXyz = ([x, y]: Point): Triple => [x / y, 1, (1 - x - y) / y];

/** From linear RGB with these primaries to XYZ, adapted to D50; undefined where they span no colours. */
function adapted([white, red, green, blue]: Chromaticities): Matrix | undefined {
  const primaries = columns(toXyz(red), toXyz(green), toXyz(blue));
  const [r, g, b] = apply(inverse(primaries), toXyz(white));
  const [from, to] = [apply(BRADFORD, toXyz(white)), apply(BRADFORD, D50)];
  const adaptation = multiply(inverse(BRADFORD), multiply(diagonal(to[0] / from[0], to[1] / from[1], to[2] / from[2]), BRADFORD));
  const result = multiply(adaptation, multiply(primaries, diagonal(r, g, b)));
  return result.flat().every(Number.isFinite) ? result : undefined;
}

const FROM_XYZ = inverse(adapted(SRGB) as Matrix);

/** Which colours an ICC profile is for: "RGB ", "GRAY", "CMYK" or another. */
export function profileSpace(icc: Uint8Array): string {
  return latin1(icc.subarray(16, 20));
}

/**
 * The colours of an ICC profile that consists of curves and, for RGB, a matrix; undefined where it is broken. A profile with tables of
 * colours is "table".
 */
export function profileColours(icc: Uint8Array): Colours | "table" | undefined {
  try {
    const tags = readTags(icc);
    if (tags.has("A2B0")) return "table";
    const grey = profileSpace(icc) === "GRAY";
    const curves = (grey ? ["kTRC"] : ["rTRC", "gTRC", "bTRC"]).map((name) => readCurve(tags.get(name)));
    if (curves.includes(undefined)) return undefined;
    if (grey) return { curves: curves as Curve[], matrix: undefined };
    const [red, green, blue] = ["rXYZ", "gXYZ", "bXYZ"].map((name) => readXyz(tags.get(name)));
    return red && green && blue && { curves: curves as Curve[], matrix: multiply(FROM_XYZ, columns(red, green, blue)) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readTags(icc: Uint8Array): Map<string, Uint8Array> {
  const view = viewOf(icc);
  const tags = new Map<string, Uint8Array>();
  for (let index = 0, at = 132; index < Math.min(view.getUint32(128), 100); index++, at += 12) {
    const start = view.getUint32(at + 4);
    tags.set(latin1(icc.subarray(at, at + 4)), icc.subarray(start, start + view.getUint32(at + 8)));
  }
  return tags;
}

/** s15Fixed16Number. */
const fixed = (view: DataView, at: number) => view.getInt32(at) / 65536;

function readXyz(tag: Uint8Array | undefined): Triple | undefined {
  if (!tag) return undefined;
  const view = viewOf(tag);
  return [fixed(view, 8), fixed(view, 12), fixed(view, 16)];
}

/** Numbers of parameters of the five parametric curve types, which are the first of g a b c d e f in this order, and where e or f stand. */
function readCurve(tag: Uint8Array | undefined): Curve | undefined {
  if (!tag) return undefined;
  const view = viewOf(tag);
  const type = latin1(tag.subarray(0, 4));
  if (type === "curv") return readTable(view);
  if (type !== "para") return undefined;
  const value = (index: number) => fixed(view, 12 + 4 * index);
  const [g, a, b] = [value(0), () => value(1), () => value(2)];
  switch (view.getUint16(8)) {
    case 0:
      return power(g);
    case 1:
      return parametric(g, a(), b(), 0, -b() / a());
    case 2:
      return parametric(g, a(), b(), 0, -b() / a(), value(3), value(3));
    case 3:
      return parametric(g, a(), b(), value(3), value(4));
    case 4:
      return parametric(g, a(), b(), value(3), value(4), value(5), value(6));
    default:
      return undefined;
  }
}

function readTable(view: DataView): Curve {
  const count = view.getUint32(8);
  if (count === 0) return power(1);
  if (count === 1) return power(view.getUint16(12) / 256);
  const values = Float64Array.from({ length: Math.min(count, 65536) }, (_, index) => view.getUint16(12 + 2 * index) / 65535);
  return (x) => {
    const place = x * (values.length - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)];
    return (values[low] as number) + ((values[high] as number) - (values[low] as number)) * (place - low);
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** For light of 0 to 1 in so many steps, the sample of sRGB; in the darkest, steepest part a step is 1/20 of a sample. */
const LIGHT_STEPS = 65535;
const FROM_LIGHT = Uint8Array.from({ length: LIGHT_STEPS + 1 }, (_, step) => {
  const light = step / LIGHT_STEPS;
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
});

const encode = (light: number) => FROM_LIGHT[Math.round(Math.min(Math.max(light, 0), 1) * LIGHT_STEPS)] as number;

/** Turns RGB, the first three of every `channels` samples, into sRGB in place; greys are three equal samples. */
export function convertToSrgb(samples: Uint8Array | Uint8ClampedArray, channels: number, { curves, matrix }: Colours): void {
  const [first, second = first, third = first] = curves.map((curve) =>
    Float32Array.from({ length: 256 }, (_, sample) => curve(sample / 255)),
  ) as [Float32Array, Float32Array, Float32Array];
  const [[a, b, c], [d, e, f], [g, h, k]] = matrix ?? IDENTITY;
  for (let i = 0; i < samples.length; i += channels) {
    const red = first[samples[i] as number] as number;
    const green = second[samples[i + 1] as number] as number;
    const blue = third[samples[i + 2] as number] as number;
    samples[i] = encode(a * red + b * green + c * blue);
    samples[i + 1] = encode(d * red + e * green + f * blue);
    samples[i + 2] = encode(g * red + h * green + k * blue);
  }
}
