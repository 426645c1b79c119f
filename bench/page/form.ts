/** The choices on the benchmark's page, kept in its address so that a link repeats a measurement. */
import { element, make } from "../../src/page/elements.ts";
import { type BenchOptions, DEFAULTS, NETS, PEERS, SUITES } from "../bench-options.ts";

const PEER_NAMES: Record<(typeof PEERS)[number], string> = {
  ort: "ONNX Runtime Web",
  "ort-wasm": "ONNX Runtime Web, on the CPU",
  tfjs: "TensorFlow.js",
};

/** Reads the fields of the form, and fills them from the address. */
export class Form {
  readonly #form = element("form", HTMLFormElement);

  constructor(onChange: () => void) {
    const choice = (name: string, value: string, label: string) =>
      make("label", {}, make("input", { type: "checkbox", name, value }), ` ${label}`);
    element("nets", HTMLFieldSetElement).append(...[...NETS.keys()].map((net) => choice("net", net, net)));
    element("peers", HTMLFieldSetElement).append(...PEERS.map((peer) => choice("peer", peer, PEER_NAMES[peer])));
    this.#restore();
    this.#form.addEventListener("input", () => {
      history.replaceState(undefined, "", `?${new URLSearchParams([...this.#entries()])}`);
      onChange();
    });
  }

  #entries(): [string, string][] {
    return [...new FormData(this.#form)].flatMap(([name, value]) => (value === "" ? [] : [[name, String(value)] as [string, string]]));
  }

  #restore(): void {
    if (!location.search) return;
    const given = new URLSearchParams(location.search);
    for (const input of this.#form.elements) {
      if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = given.getAll(input.name).includes(input.value);
      else if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) input.value = given.get(input.name) ?? input.value;
    }
  }

  set disabled(value: boolean) {
    for (const fieldset of this.#form.querySelectorAll("fieldset")) fieldset.disabled = value;
  }

  onSubmit(listener: () => void): void {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      listener();
    });
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
      suites: SUITES.filter((suite) => data.getAll("suite").includes(suite)),
      nets: nets.length > 0 ? nets : undefined,
      batches: data.getAll("batch").map(Number),
      layer,
      variants: data.has("variants"),
      quick: data.has("quick"),
      tuned: data.has("tuned"),
      samples: data.has("samples") ? Number(data.get("samples")) : undefined,
      precision: data.get("precision") === "f16" ? "f16" : "f32",
      peers: data.getAll("peer"),
    };
  }
}
