/** The choices on the benchmark's page, kept in its address so that a link repeats a measurement. */
import { element, make } from "../../src/page/elements.ts";
import { type BenchOptions, DEFAULTS, NETS, PEERS, SUITES } from "../bench-options.ts";
import { PRESETS, type Preset, presetOf } from "../presets.ts";

const PEER_NAMES: Record<(typeof PEERS)[number], string> = {
  ort: "ONNX Runtime Web",
  "ort-wasm": "ONNX Runtime Web, on the CPU",
  tfjs: "TensorFlow.js",
};

/** Fields that narrow a preset or say how it is computed. */
const NARROWING = ["net", "layer", "samples", "precision"];

const checkbox = (name: string, value: string, label: string, checked = false) =>
  make("label", {}, make("input", { type: "checkbox", name, value, checked }), ` ${label}`);

/** Reads the fields of the form, and fills them from presets and the address. */
export class Form {
  readonly #form = element("form", HTMLFormElement);
  readonly #nets = element("nets", HTMLFieldSetElement);
  readonly #presets = new Map<Preset, HTMLButtonElement>();
  readonly #narrowed = element("narrowed", HTMLParagraphElement);
  readonly #onChange: () => void;

  /** Nets that the address names and nobody knows here: files that must be dropped again. */
  readonly missing: readonly string[];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#nets.append(...[...NETS.keys()].map((net) => checkbox("net", net, net)));
    element("peers", HTMLFieldSetElement).append(...PEERS.map((peer) => checkbox("peer", peer, PEER_NAMES[peer])));
    element("presets", HTMLFieldSetElement).append(...PRESETS.map((preset) => this.#presetButton(preset)));
    this.missing = this.#restore();
    this.#form.addEventListener("input", () => this.#changed());
    element("widen", HTMLButtonElement).addEventListener("click", () => {
      this.#fill(new URLSearchParams(), ["net", "layer"]);
      this.#changed();
      element("run", HTMLButtonElement).focus();
    });
    this.#describe();
  }

  #presetButton(preset: Preset): HTMLButtonElement {
    const button = make("button", { type: "button" }, make("strong", {}, preset.title), make("small", {}, preset.hint));
    button.addEventListener("click", () => {
      this.#apply(preset);
      this.#changed();
    });
    button.dataset.preset = preset.name;
    this.#presets.set(preset, button);
    return button;
  }

  #apply({ options }: Preset): void {
    const given = new URLSearchParams([
      ...options.suites.map((suite) => ["suite", suite]),
      ...options.batches.map((batch) => ["batch", String(batch)]),
      ...options.peers.map((peer) => ["peer", peer]),
      ...(["quick", "tuned", "variants"] as const).filter((name) => options[name]).map((name) => [name, "yes"]),
    ]);
    this.#fill(given, ["suite", "batch", "peer", "quick", "tuned", "variants"]);
  }

  #changed(): void {
    const entries = this.#entries();
    const preset = this.preset;
    const short = entries.filter(([name, value]) => NARROWING.includes(name) && !(name === "precision" && value === DEFAULTS.precision));
    const query = new URLSearchParams(preset ? [["preset", preset.name], ...short] : entries);
    history.replaceState(undefined, "", `?${query}`);
    this.#describe();
    this.#onChange();
  }

  /** Marks the preset that the fields follow, and says what narrows the choice. */
  #describe(): void {
    const followed = this.preset;
    for (const [preset, button] of this.#presets) button.ariaPressed = String(preset === followed);
    const data = new URLSearchParams(this.#entries());
    const [nets, layer] = [data.getAll("net"), data.get("layer")];
    const narrowed = [nets.length > 0 && `the nets ${nets.join(", ")}`, layer && `names that match ${layer}`].filter(Boolean);
    this.#narrowed.hidden = narrowed.length === 0;
    element("narrowed-to", HTMLSpanElement).textContent = `Only ${narrowed.join(", and ")}.`;
  }

  get #fields(): (HTMLInputElement | HTMLSelectElement)[] {
    return [...this.#form.elements].filter(
      (field) => field instanceof HTMLSelectElement || (field instanceof HTMLInputElement && field.name !== ""),
    ) as (HTMLInputElement | HTMLSelectElement)[];
  }

  /** What is chosen, also while the form is disabled. */
  #entries(): [string, string][] {
    const chosen = this.#fields.filter((field) => (field.type === "checkbox" ? (field as HTMLInputElement).checked : field.value !== ""));
    return chosen.map(({ name, value }) => [name, value]);
  }

  /** Sets the fields of these names, all of them by default. */
  #fill(given: URLSearchParams, names?: readonly string[]): void {
    for (const input of this.#fields) {
      if (names && !names.includes(input.name)) continue;
      if (input.type === "checkbox") (input as HTMLInputElement).checked = given.getAll(input.name).includes(input.value);
      else input.value = given.get(input.name) ?? (input instanceof HTMLSelectElement ? input.value : "");
    }
  }

  #restore(): string[] {
    const given = new URLSearchParams(location.search);
    const [usual] = PRESETS as [Preset];
    const preset = PRESETS.find(({ name }) => name === given.get("preset"));
    // An address that chooses nothing begins with the first preset.
    if (preset || !given.has("suite")) {
      this.#apply(preset ?? usual);
      this.#fill(given, NARROWING);
    } else this.#fill(given);
    return given.getAll("net").filter((net) => !NETS.has(net));
  }

  /** The preset that the fields follow, if any. */
  get preset(): Preset | undefined {
    return presetOf(this.#settled(new URLSearchParams(this.#entries())));
  }

  /** Offers a net of a file, chosen at once; it takes the place of one of the same name. */
  addNet(name: string): void {
    const known = [...this.#nets.querySelectorAll("input")].find(({ value }) => value === name);
    if (known) known.checked = true;
    else this.#nets.append(checkbox("net", name, name, true));
    this.#changed();
  }

  set disabled(value: boolean) {
    for (const part of this.#form.querySelectorAll<HTMLFieldSetElement | HTMLButtonElement>("fieldset, #widen")) part.disabled = value;
  }

  onSubmit(listener: () => void): void {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      listener();
    });
  }

  #settled(data: URLSearchParams) {
    return {
      suites: SUITES.filter((suite) => data.getAll("suite").includes(suite)),
      batches: data.getAll("batch").map(Number),
      peers: data.getAll("peer"),
      quick: data.has("quick"),
      tuned: data.has("tuned"),
      variants: data.has("variants"),
    };
  }

  /** Throws an Error that says what is wrong with a field. */
  get options(): BenchOptions {
    const data = new URLSearchParams(this.#entries());
    const layer = data.get("layer") ?? undefined;
    try {
      new RegExp(layer ?? "");
    } catch (cause) {
      throw new Error(`"${layer}" is no regular expression.`, { cause });
    }
    const nets = data.getAll("net");
    return {
      ...DEFAULTS,
      ...this.#settled(data),
      nets: nets.length > 0 ? nets : undefined,
      layer,
      samples: data.has("samples") ? Number(data.get("samples")) : undefined,
      precision: data.get("precision") === "f16" ? "f16" : "f32",
    };
  }
}
