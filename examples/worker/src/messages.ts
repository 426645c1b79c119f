/** What the worker says: how far it is, a map as RGBA pixels, or what went wrong. */
export type Answer =
  | { kind: "progress"; text: string }
  | { kind: "map"; rgba: Uint8ClampedArray<ArrayBuffer>; width: number; height: number; text: string }
  | { kind: "error"; text: string };
