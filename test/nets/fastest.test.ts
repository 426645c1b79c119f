import { expect, test } from "vitest";
import { type Entrant, race } from "../../src/nets/fastest.ts";

/** An entrant whose times are given, the last of them again and again; counts how often it was timed. */
function scripted(name: string, ...seconds: number[]): Entrant & { count: number } {
  return {
    name,
    count: 0,
    async time() {
      return seconds[Math.min(this.count++, seconds.length - 1)] as number;
    },
  };
}

test("the fastest wins by its best time, whatever noise met it", async () => {
  const { standard, fastest } = await race([scripted("usual", 10, 14, 10), scripted("quick", 12, 30, 7, 40), scripted("slow", 11)]);
  expect(standard).toEqual({ variant: "usual", seconds: 10 });
  expect(fastest).toEqual({ variant: "quick", seconds: 7 });
});

test("the standard stays unless another is clearly faster", async () => {
  const { fastest } = await race([scripted("usual", 10), scripted("hardly", 9.6)]);
  expect(fastest).toEqual({ variant: "usual", seconds: 10 });
});

test("one lucky moment of another is held against more of the standard's", async () => {
  const { fastest } = await race([scripted("usual", 10, 10, 10, 10, 10, 8), scripted("lucky", 9)]);
  expect(fastest.variant).toBe("usual");
});

test("who is hopeless is timed once, and the standard never counts as hopeless", async () => {
  const [usual, quick, hopeless] = [scripted("usual", 40, 10), scripted("quick", 20), scripted("hopeless", 90)];
  expect((await race([usual, quick, hopeless])).fastest.variant).toBe("usual");
  expect(hopeless.count).toBe(1);
  expect(usual.count).toBeGreaterThan(2);
});

test("alone, an entrant is timed once", async () => {
  const only = scripted("only", 3);
  expect(await race([only])).toEqual({ standard: { variant: "only", seconds: 3 }, fastest: { variant: "only", seconds: 3 } });
  expect(only.count).toBe(1);
});
