/** <relabel-map>: a photo with the map of what speaks for a class, in one line of HTML. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";
import type { Drawable } from "../explain/draw.ts";
import type { ExplainOptions } from "../explain/explain-options.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { Progress } from "../explain/progress.ts";
import type { SessionInterface } from "../explain/session-interface.ts";
import { isLook, LOOKS, lookOf, opacityOf, refuseLook } from "./look.ts";
import { type Lease, SessionPool, type SessionRequest, type SessionWanted } from "./session-pool.ts";
import { type ElementState, MapView } from "./view.ts";

/** What "relabel-progress" tells: bytes of a download, or how far the explanation is. */
export type ElementProgress = Progress | { stage: "download"; file: string; done: number; total: number };

/** Attributes with text, which are properties of the same name. */
const TEXTS = ["src", "alt", "method", "target", "model", "weights"] as const;
const MARGIN = "200px";
const LINGER = 2000;

/** On a server there are no elements, and importing this is no error. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** docs/element.md has attributes, properties, events, parts and slots. */
export class RelabelMapElement extends Base {
  static readonly observedAttributes: readonly string[] = [...TEXTS, ...LOOKS];

  /** Makes the session of all elements that want the same model and weights. A page may set another, as for a device or a worker of its own. */
  static createSession: (request: SessionRequest) => Promise<SessionInterface> = async (request) =>
    (await import("./late.ts")).Session.create(request);

  static readonly #pool = new SessionPool<SessionInterface>(async (request) => RelabelMapElement.createSession?.(request), LINGER);
  static #observer: IntersectionObserver | undefined;

  static {
    for (const name of TEXTS) {
      Object.defineProperty(RelabelMapElement.prototype, name, {
        get(this: RelabelMapElement) {
          return this.getAttribute(name) ?? "";
        },
        set(this: RelabelMapElement, value: unknown) {
          this.#reflect(name, value);
        },
        enumerable: true,
        configurable: true,
      });
    }
  }

  /** Address of the photo, relative to the page. */
  declare src: string;
  /** What the photo shows, for those who do not see it. */
  declare alt: string;
  /** Name of one of METHODS; "" for the default. */
  declare method: string;
  /** A class by its name or number; "" for the classifier's first choice. */
  declare target: string;
  /** Name of a classifier, or the address of its file of weights; "" for the default. */
  declare model: string;
  /** Address of the folder that has the weights; "" where they are found by themselves. */
  declare weights: string;

  readonly #view: MapView;
  #options: Omit<ExplainOptions, "signal" | "onProgress"> = {};
  #state: ElementState = "idle";
  #run: AbortController | undefined;
  #lease: Lease<SessionInterface> | undefined;
  #explanation: Explanation | undefined;
  /** Whether it did not start because of how the map was to be drawn. */
  #awaitsLook = false;

  constructor() {
    super();
    this.#view = new MapView(this);
  }

  /** 0 to 1: how much the map covers of the photo. */
  get opacity(): number {
    return opacityOf(this);
  }

  set opacity(value: number) {
    this.#reflect("opacity", value);
  }

  /** Whether evidence against the class shows, too. */
  get signed(): boolean {
    return this.hasAttribute("signed");
  }

  set signed(value: boolean) {
    this.toggleAttribute("signed", Boolean(value));
  }

  /** More options of `explain`, such as `samples` or `parameters`; attributes go before them. */
  get options(): Omit<ExplainOptions, "signal" | "onProgress"> {
    return this.#options;
  }

  set options(value: Omit<ExplainOptions, "signal" | "onProgress">) {
    this.#options = value ?? {};
    this.#restart();
  }

  /** What the element is doing; also in CSS, as `:state(done)`. */
  get state(): ElementState {
    return this.#state;
  }

  /** Undefined until the map is finished. */
  get explanation(): Explanation | undefined {
    return this.#explanation;
  }

  /** Called by the browser when the element comes into the page: it starts near the viewport. @internal */
  connectedCallback(): void {
    // What was set before the element was defined hides its properties.
    for (const name of [...TEXTS, ...LOOKS, "options"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = (this as Record<string, unknown>)[name];
      delete (this as Record<string, unknown>)[name];
      (this as Record<string, unknown>)[name] = value;
    }
    if (!this.#explanation) this.#restart();
    else if (this.#state !== "done") this.#redraw();
  }

  /** Called by the browser when the element leaves the page: what goes on ends. @internal */
  disconnectedCallback(): void {
    this.#stop();
    if (this.#state !== "done") this.#become("idle");
  }

  /** Called by the browser when an attribute changes. @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (LOOKS.includes(name)) this.#redraw();
    else if (name === "alt") this.#describe();
    else this.#restart();
  }

  #redraw(): void {
    const explanation = this.#explanation;
    if (explanation) this.#show(explanation).catch((error) => this.#fail(error));
    else if (this.#awaitsLook) this.#restart();
  }

  /** Draws a finished explanation; a look that was wrong before, or will be, changes nothing but the drawing. */
  async #show(explanation: Explanation): Promise<void> {
    await this.#view.draw(explanation, lookOf(this));
    if (this.#explanation === explanation && this.#state !== "done") this.#finish(explanation);
  }

  #reflect(name: string, value: unknown): void {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  /** Begins anew as soon as the element is near the viewport; what was under way ends. */
  #restart(): void {
    this.#stop();
    this.#explanation = undefined;
    this.#awaitsLook = false;
    this.#become("idle");
    if (!this.isConnected || !this.src) return;
    RelabelMapElement.#observer ??= new IntersectionObserver(
      (entries, observer) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          observer.unobserve(target);
          void (target as RelabelMapElement).#explain();
        }
      },
      { rootMargin: MARGIN },
    );
    RelabelMapElement.#observer.observe(this);
  }

  #stop(): void {
    RelabelMapElement.#observer?.unobserve(this);
    this.#run?.abort();
    this.#run = undefined;
    this.#lease?.release();
    this.#lease = undefined;
  }

  async #explain(): Promise<void> {
    this.#run?.abort();
    const run = new AbortController();
    const { signal } = run;
    this.#run = run;
    this.#become("loading");
    try {
      // So that nobody waits for a map that could not be drawn.
      const look = lookOf(this);
      this.#awaitsLook = !isLook(look);
      if (this.#awaitsLook) refuseLook(look);
      this.#lease ??= RelabelMapElement.#pool.hold(this.#wanted());
      const lease = this.#lease;
      const address = this.#address("src", "BAD_IMAGE");
      const { cropOf, downloadPhoto } = await import("./late.ts");
      const photo = await downloadPhoto(address, signal);
      const size = await this.#view.showPhoto(photo, address, signal);
      this.#describe();
      const onDownload = ({ file, loaded, total }: { file: string; loaded: number; total: number }) =>
        this.#tell({ stage: "download", file, done: loaded, total });
      const explanation = await lease.use({ signal, onDownload }, (session) => {
        this.#become("explaining");
        const { height, width, resize } = session.input;
        const crop = cropOf(size, { ...session.input, resize: this.#options.fit ?? resize });
        const onProgress = (progress: Progress) => {
          if (signal.aborted) return;
          this.#tell(progress);
          if (progress.map) this.#drawPartly({ map: progress.map, height, width, photo: size, crop }, photo);
        };
        return session.explain(photo, { ...this.#explainOptions(), signal, onProgress });
      });
      signal.throwIfAborted();
      this.#explanation = explanation;
      await this.#show(explanation);
    } catch (error) {
      if (!signal.aborted) this.#fail(error as EngineError);
    }
  }

  #wanted(): SessionWanted {
    const { model, weights } = this;
    return {
      model: /[/]|\.safetensors$/.test(model) ? this.#address("model", "BAD_OPTION") : model || undefined,
      weights: weights ? this.#address("weights", "BAD_OPTION").href : undefined,
    };
  }

  #address(name: "src" | "model" | "weights", code: string): URL {
    const { baseURI, [name]: text } = this;
    if (URL.canParse(text, baseURI)) return new URL(text, baseURI);
    throw new EngineError(
      code,
      `The attribute ${name} is "${printable(text)}", which is no address.`,
      "Give one, relative to the page or not.",
    );
  }

  #explainOptions(): ExplainOptions {
    const { method, target } = this;
    const wanted = /^\d+$/.test(target) ? Number(target) : target;
    return { ...this.#options, ...(method ? { method } : {}), ...(target ? { target: wanted } : {}) };
  }

  /** The map so far, where one may see it change and there is time to draw it. */
  #drawPartly(drawable: Drawable, photo: Blob): void {
    if (this.#view.drawing || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    // What is wrong with a drawing, the last one says.
    this.#view.draw(drawable, { ...lookOf(this), photo }).catch(() => {});
  }

  #finish(explanation: Explanation): void {
    this.#state = "done";
    this.#view.finish(explanation);
    this.#describe();
    this.#dispatch("relabel-result", explanation);
  }

  #fail(error: EngineError): void {
    this.#state = "error";
    this.#view.fail(error);
    this.#dispatch("relabel-error", error);
  }

  #tell(progress: ElementProgress): void {
    this.#view.progress(progress.done, progress.total);
    this.#dispatch("relabel-progress", progress);
  }

  #become(state: ElementState): void {
    this.#state = state;
    this.#view.become(state);
  }

  #describe(): void {
    this.#view.describe(this.alt, this.#explanation);
  }

  #dispatch(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
