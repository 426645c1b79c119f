import "axe-core/axe.min.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type ElementProgress, RelabelMapElement, type SessionRequest } from "../../src/faces/element.ts";
import { draw, EngineError, type Explanation, type Photo, Session } from "../../src/index.ts";
import { CLASSIFIER, patchwork } from "../explain/calls.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const LABELS = ["ash", "beech", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine"];
const OPTIONS = { parameters: { masks: 16 }, seed: 3 };
const axe = (globalThis as unknown as { axe: { run(node: Element): Promise<{ violations: { id: string }[]; passes: object[] }> } }).axe;

const { createSession } = RelabelMapElement;
const requests: SessionRequest[] = [];
let photo: Photo;
let address: string;
let place: HTMLElement;

beforeAll(async () => {
  const device = await sharedDevice();
  RelabelMapElement.createSession = async (request) => {
    requests.push(request);
    request.onProgress({ file: "own", loaded: 1, total: 2 });
    return Session.create({ model: { ...CLASSIFIER, labels: LABELS }, device });
  };
  photo = patchwork();
  const { width, height, data } = photo;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  address = await new Promise((resolve) => canvas.toBlob((blob) => resolve(URL.createObjectURL(blob as Blob))));
});

afterAll(() => {
  RelabelMapElement.createSession = createSession;
  URL.revokeObjectURL(address);
});

beforeEach(() => {
  place = document.createElement("main");
  document.body.append(place);
});

afterEach(() => {
  place.remove();
  requests.length = 0;
});

/** Elements of this HTML, with few masks. */
function show(html: string): RelabelMapElement[] {
  place.innerHTML = html.replaceAll("PHOTO", address);
  const elements = [...place.querySelectorAll("relabel-map")];
  for (const element of elements) element.options = OPTIONS;
  return elements;
}

const ended = (element: HTMLElement) =>
  new Promise<Explanation>((resolve, reject) => {
    element.addEventListener("relabel-result", ({ detail }) => resolve(detail));
    element.addEventListener("relabel-error", ({ detail }) => reject(detail));
  });

const part = <E extends HTMLElement>(element: RelabelMapElement, name: string) =>
  element.shadowRoot?.querySelector(`[part="${name}"]`) as E;

function pixels(canvas: HTMLCanvasElement | OffscreenCanvas): Uint8ClampedArray {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function violations(): Promise<string[]> {
  const { violations: found, passes } = await axe.run(place);
  expect(passes.length).toBeGreaterThan(3);
  return found.map(({ id }) => id);
}

test("one line shows the photo with its map, says what it shows, and tells of it in events", async () => {
  const [element] = show('<relabel-map src="PHOTO" method="rise" target="cedar" alt="A patchwork"></relabel-map>') as [RelabelMapElement];
  expect(element.state).toBe("idle");
  const heard: ElementProgress[] = [];
  // They bubble.
  place.addEventListener("relabel-progress", ({ detail }) => heard.push(detail));
  const explanation = await ended(element);
  expect(explanation).toMatchObject({ method: "rise", target: { label: "cedar" }, seed: 3 });
  expect(element.explanation).toBe(explanation);
  expect(element.state).toBe("done");
  expect(element.matches(":state(done)")).toBe(true);
  expect(heard[0]).toEqual({ stage: "download", file: "own", done: 1, total: 2 });
  expect(heard.map(({ stage }) => stage)).toContain("sample");
  const canvas = part<HTMLCanvasElement>(element, "canvas");
  const expected = new OffscreenCanvas(photo.width, photo.height);
  await draw(expected, explanation);
  expect(pixels(canvas)).toEqual(pixels(expected));
  const percent = Math.round(100 * explanation.target.probability);
  expect(canvas.ariaLabel).toBe(`A patchwork. Highlighted: what speaks for cedar, ${percent} %.`);
  expect([canvas.role ?? canvas.getAttribute("role"), part(element, "status").textContent]).toEqual(["img", `cedar, ${percent} %`]);
  expect([part(element, "progress").hidden, part(element, "error").hidden]).toEqual([true, true]);
  // Looks are drawn again, and nothing is computed anew.
  element.signed = true;
  element.setAttribute("opacity", "0.5");
  await draw(expected, explanation, { signed: true, opacity: 0.5 });
  await vi.waitFor(() => expect(pixels(canvas)).toEqual(pixels(expected)));
  expect(element.explanation).toBe(explanation);
  // So does what the browser emptied.
  canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
  canvas.dispatchEvent(new Event("contextrestored"));
  await vi.waitFor(() => expect(pixels(canvas)).toEqual(pixels(expected)));
});

test("the map is that of a session", async () => {
  const [element] = show('<relabel-map src="PHOTO" method="rise" target="2"></relabel-map>') as [RelabelMapElement];
  const shown = ended(element);
  const session = await Session.create({ model: CLASSIFIER, device: await sharedDevice() });
  const { map } = await session.explain(photo, { ...OPTIONS, method: "rise", target: 2 });
  expect((await shown).map).toEqual(map);
  session.dispose();
});

test("elements of a page share one session for each model", async () => {
  const one = '<relabel-map src="PHOTO" method="rise" model="one"></relabel-map>';
  const models = '<relabel-map src="PHOTO" method="rise" model="/models/own.safetensors" weights="weights/"></relabel-map>';
  await Promise.all(show(one + one + models).map(ended));
  const { baseURI } = document;
  // Photos are fetched first, in whichever order.
  expect(requests.map(({ model, weights }) => `${model} ${weights}`).sort()).toEqual(
    ["one undefined", `${new URL("/models/own.safetensors", baseURI).href} ${new URL("weights/", baseURI).href}`].sort(),
  );
});

test("attributes are properties, also those set before the element was defined", async () => {
  const [element] = show("<relabel-map></relabel-map>") as [RelabelMapElement];
  Object.assign(element, { src: address, method: "rise", target: 1, model: "x", alt: "y", weights: "z", opacity: 0.5, signed: true });
  const attributes = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
  const text = { src: address, method: "rise", target: "1", model: "x", alt: "y", weights: "z" };
  expect(attributes).toEqual({ ...text, opacity: "0.5", signed: "" });
  expect(element).toMatchObject({ ...text, opacity: 0.5, signed: true });
  Object.assign(element, { target: null, signed: false, opacity: undefined });
  expect([element.target, element.signed, element.opacity]).toEqual(["", false, 1]);
  // As a framework leaves it that made the element first.
  const early = document.createElement("relabel-map");
  Object.defineProperty(early, "src", { value: address, writable: true, configurable: true, enumerable: true });
  place.append(early);
  expect(early.getAttribute("src")).toBe(address);
});

test("importing it twice defines it once", async () => {
  const again = await import(/* @vite-ignore */ `${"../../src/faces/element.ts"}?again`);
  expect(again.RelabelMapElement).toBeDefined();
  expect(customElements.get("relabel-map")).toBe(RelabelMapElement);
});

describe("what is not needed is not done", () => {
  test("it starts only near the viewport", async () => {
    const [element] = show('<relabel-map src="PHOTO" method="rise" style="margin-top: 5000px"></relabel-map>') as [RelabelMapElement];
    await pause(150);
    expect([element.state, requests.length]).toEqual(["idle", 0]);
    element.scrollIntoView();
    expect((await ended(element)).map).toBeDefined();
  });

  test("a change ends what is under way, and the outcome is that of the last", async () => {
    const [element] = show('<relabel-map src="PHOTO" method="rise" target="1"></relabel-map>') as [RelabelMapElement];
    const results: Explanation[] = [];
    element.addEventListener("relabel-result", ({ detail }) => results.push(detail));
    element.options = { ...OPTIONS, parameters: { masks: 5000 } };
    await vi.waitFor(() => expect(element.state).toBe("explaining"));
    element.target = "2";
    element.options = OPTIONS;
    await ended(element);
    expect(results.map(({ target, samples }) => [target.index, samples])).toEqual([[2, 16]]);
  });

  test("removing it ends what is under way, and it starts again where it is put back", async () => {
    const [element] = show('<relabel-map src="PHOTO" method="rise"></relabel-map>') as [RelabelMapElement];
    element.options = { ...OPTIONS, parameters: { masks: 5000 } };
    const heard = vi.fn();
    for (const type of ["relabel-result", "relabel-error"]) element.addEventListener(type, heard);
    await vi.waitFor(() => expect(element.state).toBe("explaining"));
    element.remove();
    expect(element.state).toBe("idle");
    await pause(150);
    expect(heard).not.toHaveBeenCalled();
    element.options = OPTIONS;
    place.append(element);
    const explanation = await ended(element);
    // What is finished stays.
    element.remove();
    place.append(element);
    expect([element.state, element.explanation]).toEqual(["done", explanation]);
  });
});

describe("a wrong opacity is said, and mended by a right one", () => {
  const RIGHT = { state: "done", text: expect.stringMatching(/ %$/), hidden: true };
  const shown = (element: RelabelMapElement) => ({
    state: element.state,
    text: part(element, "status").textContent,
    hidden: part(element, "error").hidden,
  });

  test.each(["half", "2", "NaN"])("%s from the beginning: nothing is computed for it", async (opacity) => {
    const [element] = show(`<relabel-map src="PHOTO" method="rise" opacity="${opacity}"></relabel-map>`) as [RelabelMapElement];
    await expect(ended(element)).rejects.toMatchObject({ code: "BAD_OPTION", message: `The opacity is ${opacity}.` });
    expect([element.state, element.explanation]).toEqual(["error", undefined]);
    element.setAttribute("opacity", "0.3");
    await ended(element);
    expect(shown(element)).toEqual(RIGHT);
  });

  test("after the map, by attribute and by property; the map is not computed anew", async () => {
    const [element] = show('<relabel-map src="PHOTO" method="rise"></relabel-map>') as [RelabelMapElement];
    const explanation = await ended(element);
    for (const mend of [() => element.setAttribute("opacity", "0.3"), () => Object.assign(element, { opacity: 0.5 })]) {
      const failed = expect(ended(element)).rejects.toMatchObject({ message: "The opacity is half." });
      element.setAttribute("opacity", "half");
      await failed;
      mend();
      await vi.waitFor(() => expect(shown(element)).toEqual(RIGHT));
      expect(element.explanation).toBe(explanation);
    }
    // What left the page with an error comes back drawn.
    element.setAttribute("opacity", "half");
    await vi.waitFor(() => expect(element.state).toBe("error"));
    element.remove();
    element.setAttribute("opacity", "");
    place.append(element);
    await vi.waitFor(() => expect(shown(element)).toEqual(RIGHT));
  });
});

test.each([
  ["NO_ADAPTER", /^This browser cannot compute the map: it found no GPU that it may use\.$/],
  ["NO_WEBGPU", /^This browser cannot compute the map: it has no WebGPU\.$/],
])("%s is one sentence for visitors, and says to the page's author what to do", async (code, text) => {
  const made = RelabelMapElement.createSession;
  RelabelMapElement.createSession = () => Promise.reject(new EngineError(code, "Nothing.", "Start Chrome with --flags."));
  const [element] = show(`<relabel-map src="PHOTO" model="${code}"></relabel-map>`) as [RelabelMapElement];
  await expect(ended(element)).rejects.toMatchObject({ code, fix: "Start Chrome with --flags." });
  expect(part(element, "error").textContent).toMatch(text);
  RelabelMapElement.createSession = made;
});

test.each([
  ["no function", undefined],
  ["a maker of nothing", async () => undefined],
])("createSession as %s is an EngineError", async (name, createSession) => {
  const made = RelabelMapElement.createSession;
  RelabelMapElement.createSession = createSession as never;
  const [element] = show(`<relabel-map src="PHOTO" model="${name}"></relabel-map>`) as [RelabelMapElement];
  await expect(ended(element)).rejects.toMatchObject({ code: "BAD_OPTION", fix: expect.stringMatching(/Session\.create/) });
  RelabelMapElement.createSession = made;
});

describe("for everybody", () => {
  test("no violation before, during and after an explanation, nor with an error; the page's own is shown until there is a map", async () => {
    const inside = `<img src="PHOTO" alt="A patchwork"><p slot="error">No map, sorry.</p>`;
    const [element] = show(`<h1>Maps</h1><relabel-map alt="A patchwork">${inside}</relabel-map>`) as [RelabelMapElement];
    const image = element.querySelector("img") as HTMLElement;
    expect(image.checkVisibility()).toBe(true);
    expect(await violations()).toEqual([]);
    element.method = "rise";
    element.options = { ...OPTIONS, parameters: { masks: 5000 } };
    element.src = address;
    await vi.waitFor(() => expect(part(element, "status").textContent).toBe("Explaining…"));
    expect(image.checkVisibility()).toBe(false);
    expect(await violations()).toEqual([]);
    element.options = OPTIONS;
    await ended(element);
    expect(await violations()).toEqual([]);
    element.src = "data:text/plain,none";
    await expect(ended(element)).rejects.toMatchObject({ code: "BAD_IMAGE" });
    expect([image.checkVisibility(), element.querySelector("p")?.checkVisibility()]).toEqual([true, true]);
    expect(await violations()).toEqual([]);
  });

  test.each<[string, string, string, RegExp]>([
    ["no such class", 'src="PHOTO" method="rise" target="willow"', "UNKNOWN_CLASS", /willow/],
    ["no such method", 'src="PHOTO" method="magic"', "BAD_OPTION", /magic.*Choose one of/],
    ["no such photo", 'src="/@shared/no-such-photo.jpg"', "BAD_IMAGE", /404/],
    ["a page in the photo's place", 'src="/"', "BAD_IMAGE", /a file of type text\/html and \d+ bytes from http:.*Check the address/],
    ["no address", 'src="http://"', "BAD_IMAGE", /src is "http:\/\/", which is no address/],
    ["no address of a model", 'src="PHOTO" model="http://"', "BAD_OPTION", /The attribute model/],
    ["an opacity beyond 1", 'src="PHOTO" method="rise" opacity="2"', "BAD_OPTION", /The opacity is 2/],
  ])("%s is said, and is an event", async (_, attributes, code, text) => {
    const [element] = show(`<relabel-map ${attributes}></relabel-map>`) as [RelabelMapElement];
    const error = await ended(element).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error.code).toBe(code);
    expect(element.state).toBe("error");
    const said = part(element, "error");
    expect([said.hidden, said.getAttribute("role")]).toEqual([false, "alert"]);
    expect(said.textContent).toMatch(text);
  });
});
