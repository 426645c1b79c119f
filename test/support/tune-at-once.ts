import { vi } from "vitest";
import type { TunedLayer } from "../../src/nets/measure-variants.ts";
import { Net } from "../../src/nets/net.ts";
import { choiceKey } from "../../src/ops/dense/dense-layer.ts";

/** The next net that is tuned finds these layers at once. Returns the batch sizes that it is asked for. */
export function tuneAtOnce(found: TunedLayer[]): { batches: readonly number[] } {
  const asked = { batches: [] as readonly number[] };
  const spy = vi.spyOn(Net.prototype, "tune").mockImplementationOnce(async function (this: Net, engine, batches) {
    spy.mockRestore();
    asked.batches = batches;
    for (const { shape, batch, fastest } of found) engine.choices.set(choiceKey(shape, batch), fastest.variant);
    await this.transform(engine);
    return found;
  });
  return asked;
}
