/** Does what the user asks for about classifiers: choose, download, open, adjust, delete. */
import { type ByteSource, deleteKept, findHubFile, type TeacherDefinition } from "../faces/all.ts";
import { fitLabels, type Labels, sortFiles } from "./classifier-files.ts";
import type { Controller } from "./controller.ts";
import { downloadWeights, listStored } from "./fetch-weights.ts";
import { holdingOf } from "./holding.ts";
import { deleteModel, gatherModel, isModel, keepModel, openKeptModel } from "./onnx-files.ts";
import { PageError } from "./problem.ts";
import { type ClassifierSettings, classifiersOf, isOpenedModel, type Store } from "./state.ts";
import { gatherWeights } from "./weights-files.ts";

/** The hub that weights are downloaded from; whoever serves the page may name a mirror. */
const endpoint = () => document.querySelector<HTMLMetaElement>("meta[name=hub]")?.content;

/** Every outcome, errors too, ends in the store. */
export class Teachers {
  readonly #store: Store;
  readonly #controller: Controller;
  #abort: AbortController | undefined;
  /** The last classifier that was opened, until it is there. */
  #loading: Promise<void> = Promise.resolve();

  constructor(store: Store, controller: Controller) {
    this.#store = store;
    this.#controller = controller;
    this.#list();
  }

  async #list(): Promise<void> {
    this.#store.set({ stored: await listStored() });
  }

  /** Chooses a teacher, which loads nothing yet. */
  choose(name: string): void {
    this.#store.set({ chosen: name });
  }

  /** Uses the chosen teacher; its weights are downloaded first if they are not here. */
  async use(): Promise<void> {
    const { state } = this.#store;
    const teacher = classifiersOf(state).find(({ name }) => name === state.chosen);
    if (!teacher || state.transfer || state.switching) return;
    if (!holdingOf(teacher, state).ready && !(await this.#download(teacher))) return;
    await this.#controller.use(teacher);
  }

  /** Returns whether all is there now. */
  async #download(teacher: TeacherDefinition): Promise<boolean> {
    const { name, file, hub } = teacher;
    if (!hub) return false;
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    this.#store.set({ problem: undefined, transfer: { teacher: name, phase: "ask", loaded: 0, total: 0 } });
    try {
      const published = await findHubFile(hub, endpoint(), signal);
      await downloadWeights(file, published, {
        check: (source) => requireNet(source, teacher, published.url),
        signal,
        onProgress: ({ loaded, total }) => this.#store.set({ transfer: { teacher: name, phase: "download", loaded, total } }),
      });
      return true;
    } catch (error) {
      if (!signal.aborted) this.#controller.report(error);
      return false;
    } finally {
      await this.#list();
      this.#store.set({ transfer: undefined });
    }
  }

  /** Ends the download under way; what has arrived is kept. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** Deletes a file from this browser; the teacher in use stays in use. */
  async delete(file: string): Promise<void> {
    const beside = this.#store.state.stored.flatMap((kept) => (kept.file.startsWith(`${file}/`) ? [kept.file.slice(file.length + 1)] : []));
    await (isModel({ name: file }) ? deleteModel(file, beside) : deleteKept(file));
    await this.#list();
  }

  /** Loads the classifier in use anew, with other settings. */
  adjust(change: ClassifierSettings): Promise<void> {
    return this.#controller.adjust(change);
  }

  /**
   * Uses the teacher whose weights the user's files hold, with the labels among them, for as long as the page is open. Labels alone are those
   * of the classifier in use.
   */
  open(files: readonly File[]): Promise<void> {
    const former = this.#loading;
    const opening = this.#open(files, former);
    this.#loading = opening;
    return opening;
  }

  /** `former`: what is being opened, whose labels these may be. */
  async #open(files: readonly File[], former: Promise<void>): Promise<void> {
    try {
      const { run, tuning } = this.#store.state;
      if (run) throw new PageError("Another classifier has to wait for the explanation under way.", "Stop it first.");
      if (tuning) throw new PageError("Another classifier has to wait until this one is tuned.", "Stop tuning first.");
      const { weights, labels: given } = await sortFiles(files);
      if (given && weights.length === 0) {
        await former;
        return await this.adjust({ labels: given.labels });
      }
      if (weights.some(isModel)) return await this.#openModel(weights, given);
      const { name, input } = gatherWeights(weights);
      const { recogniseTeacher } = await import("./recognise.ts");
      const { definition, classes } = await recogniseTeacher(input, name);
      const { labels, unused } = fitLabels(given, classes);
      await this.#controller.use(definition, { own: { name, input }, settings: { labels }, unused });
    } catch (error) {
      this.#controller.report(error);
    }
  }

  async #openModel(files: readonly File[], given: Labels | undefined): Promise<void> {
    const { name, input } = gatherModel(files);
    const { openOnnx } = await import("./recognise.ts");
    const { definition, classes, files: beside } = await openOnnx(input, name);
    const { labels, unused } = fitLabels(given, classes);
    await this.#controller.use(definition, { own: { name, input, definition, files: beside }, settings: { labels }, unused });
  }

  /** Keeps the model in use, with what was said of it, for the next time. */
  async keep(): Promise<void> {
    const { state } = this.#store;
    const model = state.engine.kind === "ready" ? state.opened.get(state.engine.teacher) : undefined;
    if (!isOpenedModel(model)) return;
    this.#store.set({ problem: undefined });
    try {
      await keepModel(model.name, model.input, model.files, state.settings.get(model.definition.name) ?? {});
    } catch (error) {
      this.#controller.report(error);
    }
    await this.#list();
  }

  /** Uses a model that this browser keeps. */
  async openKept(name: string): Promise<void> {
    try {
      const { input, settings, found } = await openKeptModel(name);
      await this.#controller.use(found.definition, { own: { name, input, definition: found.definition, files: found.files }, settings });
    } catch (error) {
      this.#controller.report(error);
    }
  }
}

/** Throws a PageError unless a downloaded file holds the teacher's weights: every key and shape. */
async function requireNet(source: ByteSource, teacher: TeacherDefinition, url: string): Promise<void> {
  const { host } = new URL(url);
  const refuse = (reason: string, cause?: unknown): never => {
    const what = `What ${host} sent as ${source.name} is not ${teacher.name} (${reason}), so it was deleted.`;
    throw new PageError(what, "Use another mirror of the hub, or open a file of your own.", { cause });
  };
  const { recogniseTeacher } = await import("./recognise.ts");
  const found = await recogniseTeacher(source, source.name).catch((cause: Error) => refuse(cause.message.replace(/\.$/, ""), cause));
  if (found.definition !== teacher) refuse(`it holds ${found.definition.name}`);
  if (!found.published) refuse(`it has ${found.classes} classes`);
}
