import fc from "fast-check";

/** A change to bytes; `at` is a share of their length. */
interface Mutation {
  readonly kind: "set" | "flip" | "insert" | "delete" | "repeat" | "cut" | "zero";
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

/** One to four changes, most of them small. `interesting`: bytes that mean something in the format. */
export function mutations(interesting: string | Uint8Array): fc.Arbitrary<readonly Mutation[]> {
  const bytes = typeof interesting === "string" ? new TextEncoder().encode(interesting) : interesting;
  const change = fc.record<Mutation>({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("set", "flip", "insert", "delete") },
      fc.constantFrom("repeat", "cut", "zero"),
    ) as fc.Arbitrary<Mutation["kind"]>,
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 64 })),
    value: fc.oneof(fc.constantFrom(...bytes), fc.integer({ min: 0, max: 255 })),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 });
}

export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array<ArrayBuffer> {
  let result = [...bytes];
  for (const { kind, at, length, value } of changes) {
    const place = Math.floor(at * result.length);
    const piece = result.slice(place, place + length);
    if (kind === "set" && place < result.length) result[place] = value;
    else if (kind === "flip" && place < result.length) result[place] = (result[place] as number) ^ (1 << (value % 8));
    else if (kind === "insert") result.splice(place, 0, ...Array(length).fill(value));
    else if (kind === "delete") result.splice(place, length);
    else if (kind === "repeat") result.splice(place, 0, ...piece);
    else if (kind === "zero") result.splice(place, piece.length, ...piece.fill(0));
    else if (kind === "cut") result = result.slice(0, place);
  }
  return Uint8Array.from(result);
}
