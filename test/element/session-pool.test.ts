import { describe, expect, test, vi } from "vitest";
import { SessionPool, type SessionRequest } from "../../src/element/session-pool.ts";
import { rejected } from "../support/errors.ts";

const WANTED = { model: undefined, weights: undefined };
const LINGER = 20;
const quiet = { signal: new AbortController().signal, onDownload: () => {} };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function poolOf(make: (request: SessionRequest) => Promise<{ dispose(): void }>) {
  return new SessionPool(make, LINGER);
}

describe("sessions of elements", () => {
  test("are shared by those that want the same, in turns, and made when first used", async () => {
    const make = vi.fn(async () => ({ dispose: () => {} }));
    const pool = poolOf(make);
    const [one, two, other] = [pool.hold(WANTED), pool.hold(WANTED), pool.hold({ ...WANTED, model: "resnet18" })];
    expect(make).not.toHaveBeenCalled();
    const order: string[] = [];
    const work = (name: string) => async (session: object) => {
      order.push(`${name} begins`);
      await pause(5);
      order.push(`${name} ends`);
      return session;
    };
    const [first, second, third] = await Promise.all([
      one.use(quiet, work("one")),
      two.use(quiet, work("two")),
      other.use(quiet, work("other")),
    ]);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
    expect(order.filter((event) => !event.startsWith("other"))).toEqual(["one begins", "one ends", "two begins", "two ends"]);
    expect(make).toHaveBeenCalledTimes(2);
  });

  test("are freed once nobody has held them for a while, and not while one is moved", async () => {
    const dispose = vi.fn();
    const pool = poolOf(async () => ({ dispose }));
    const first = pool.hold(WANTED);
    const session = await first.use(quiet, async (made) => made);
    first.release();
    first.release();
    const second = pool.hold(WANTED);
    await pause(2 * LINGER);
    expect(dispose).not.toHaveBeenCalled();
    expect(await second.use(quiet, async (made) => made)).toBe(session);
    second.release();
    await pause(2 * LINGER);
    expect(dispose).toHaveBeenCalledTimes(1);
    expect(await pool.hold(WANTED).use(quiet, async (made) => made)).not.toBe(session);
  });

  test("are not made any further where nobody is left, and freed where they were made all the same", async () => {
    const dispose = vi.fn();
    let signal: AbortSignal | undefined;
    const pool = poolOf(async (request) => {
      signal = request.signal;
      await pause(4 * LINGER);
      return { dispose };
    });
    const lease = pool.hold(WANTED);
    const controller = new AbortController();
    const use = rejected(lease.use({ ...quiet, signal: controller.signal }, async () => {}));
    await pause(1);
    controller.abort();
    lease.release();
    await pause(2 * LINGER);
    expect(signal?.aborted).toBe(true);
    expect(await use).toMatchObject({ code: "ABORTED" });
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  test("that could not be made are an error to who waits, and made again for the next; all who wait hear of downloads", async () => {
    let attempts = 0;
    const pool = poolOf(async ({ onProgress }) => {
      onProgress({ file: "f", loaded: 1, total: 2 });
      if (attempts++ === 0) throw new Error("no network");
      return { dispose: () => {} };
    });
    const heard: string[] = [];
    const lease = pool.hold(WANTED);
    const use = (name: string) => lease.use({ ...quiet, onDownload: ({ loaded }) => heard.push(`${name} ${loaded}`) }, async () => name);
    const [first, second] = [rejected(use("one")), use("two")];
    expect(await first).toMatchObject({ message: "no network" });
    expect(await second).toBe("two");
    expect(heard).toEqual(["one 1", "two 1", "two 1"]);
  });

  test("have no turn for who is aborted before it", async () => {
    const pool = poolOf(async () => ({ dispose: () => {} }));
    const lease = pool.hold(WANTED);
    const controller = new AbortController();
    const first = lease.use(quiet, () => pause(5));
    const work = vi.fn(async () => {});
    const second = rejected(lease.use({ ...quiet, signal: controller.signal }, work));
    controller.abort();
    await first;
    expect(await second).toMatchObject({ code: "ABORTED" });
    expect(work).not.toHaveBeenCalled();
  });
});

test("importing the element where there are no elements is no error", async () => {
  const { RelabelMapElement } = await import("../../src/faces/element.ts");
  expect(globalThis.HTMLElement).toBeUndefined();
  expect(RelabelMapElement.observedAttributes).toContain("src");
});
