/** The page's side of a photo: its pixels lie in a worker, decoder.ts, so that the page stays alive whatever their number. */
import type { Photo, Rectangle, Size } from "../faces/all.ts";
import type { Answer, Ask, Pixels } from "./decoder.ts";
import type { FigureRequest } from "./exports/figure.ts";
import { PageError } from "./problem.ts";
import type { Look, Scale } from "./stage/look.ts";
import { type Cut, wholeSize } from "./view.ts";

type Good = Exclude<Answer, { problem: unknown }>;

interface Waiting {
  resolve(answer: Good): void;
  reject(error: unknown): void;
}

/** A photo that was decoded in a worker, which keeps it and draws what the page shows of it. Calls throw a PageError. */
export class DecodedPhoto {
  readonly #worker = new Worker(new URL("./decoder.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #size: Size = { height: 0, width: 0 };
  #digest = "";
  #ended: Error | undefined;

  private constructor(readonly name: string) {
    this.#worker.onmessage = ({ data: { call, answer } }: MessageEvent<{ call: number; answer: Answer }>) => this.#hear(call, answer);
    this.#worker.onerror = ({ message }) => this.#end(new Error(message || "the decoder could not be loaded"));
  }

  /** Starts the worker and decodes a file there. */
  static async open(file: Blob, name: string): Promise<DecodedPhoto> {
    const photo = new DecodedPhoto(name);
    const digest = digestOf(file);
    // What is wrong with a file its decoder says.
    digest.catch(() => {});
    try {
      photo.#size = (await photo.#ask({ decode: file })) as Size;
      photo.#digest = await digest;
      return photo;
    } catch (error) {
      photo.close();
      throw error;
    }
  }

  /** Of its file's bytes: the same for the same file, whatever its name. */
  get digest(): string {
    return this.#digest;
  }

  /** In pixels. */
  get size(): Size {
    return this.#size;
  }

  /** Whether its worker has ended: nothing of it can be shown any more. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** A copy of the pixels, for a classifier: all, or those of a part of whole pixels. */
  pixels(part?: Rectangle): Promise<Photo> {
    return this.#ask({ pixels: part }) as Promise<Pixels>;
  }

  /** All of it, for the eye, in colours or in grey. */
  whole(grey: boolean): Promise<ImageData> {
    return this.view({ part: { left: 0, top: 0, ...this.#size }, size: wholeSize(this.#size), grey });
  }

  /** A part of it, for the eye, see `drawPart`. */
  view(cut: Cut): Promise<ImageData> {
    return this.#draw({ view: cut });
  }

  /**
   * A part of it with a map over it, of as many values as the classifier's input has pixels, by a colour scale of its own or by one given.
   * `crop`: the part that the map is of, where that is more.
   */
  overlay(map: Float32Array, input: Size, cut: Cut, look: Look, scale?: Scale, crop = cut.part): Promise<ImageData> {
    return this.#draw({ map, input: { height: input.height, width: input.width }, cut, look, scale, crop });
  }

  /** The whole photo with a map over it, and a colour bar: PNG. */
  async figure(figure: FigureRequest): Promise<Blob> {
    return ((await this.#ask({ figure })) as { file: Blob }).file;
  }

  async #draw(ask: Ask): Promise<ImageData> {
    const { data, width, height } = (await this.#ask(ask)) as Pixels;
    return new ImageData(data, width, height);
  }

  /** Ends the worker; what is still asked for fails. */
  close(): void {
    this.#end(new PageError(`${this.name} was closed.`, "Open it again."));
  }

  #ask(ask: Ask): Promise<Good> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.set(++this.#calls, { resolve, reject });
      this.#worker.postMessage({ call: this.#calls, ask });
    });
  }

  #hear(call: number, answer: Answer): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if ("problem" in answer) waiting?.reject(new PageError(`${this.name}: ${answer.problem.message}.`, answer.problem.fix));
    else waiting?.resolve(answer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

async function digestOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
