import { type ByteSource, findHubFile, recogniseTeacher, TEACHERS, type TeacherDefinition } from "../index.ts";
import type { Controller } from "./controller.ts";
import { holdingOf } from "./holding.ts";
import { describeInput, type InputFields, parseInput } from "./input-form.ts";
import { type SortedFiles, sortFiles } from "./labels.ts";
import { PageError } from "./problem.ts";
import type { ClassifierSettings, Store } from "./state.ts";
import { downloadWeights } from "./weights-download.ts";
import { gatherWeights } from "./weights-files.ts";
import { deleteStored, listStored } from "./weights-store.ts";

/** The hub that weights are downloaded from; whoever serves the page may name a mirror. */
const ENDPOINT = document.querySelector<HTMLMetaElement>("meta[name=hub]")?.content;

/** What the user can do about teachers and their weights; every outcome, errors too, ends in the store. */
export class Teachers {
  readonly #store: Store;
  readonly #controller: Controller;
  #abort: AbortController | undefined;

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

  /** Uses the chosen teacher, whose weights are downloaded first where they are not at hand. */
  async use(): Promise<void> {
    const { state } = this.#store;
    const teacher = TEACHERS.find(({ name }) => name === state.chosen);
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
      const published = await findHubFile(hub, ENDPOINT, signal);
      await downloadWeights(file, published, {
        check: (source) => requireNet(source, teacher, published.url),
        signal,
        onProgress: (progress) => this.#store.set({ transfer: { teacher: name, ...progress } }),
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
    await deleteStored(file);
    await this.#list();
  }

  /** Names the classes of the classifier in use, which is loaded anew. */
  async #rename(labels: SortedFiles["labels"]): Promise<void> {
    if (!labels) throw new PageError("These files hold neither weights nor labels.", "Give a .safetensors file, or a list of labels.");
    const teacher = this.#inUse();
    if (teacher) await this.#controller.use(teacher, undefined, { ...this.#settings(teacher), labels: labels.list });
  }

  #inUse(): TeacherDefinition | undefined {
    const { engine } = this.#store.state;
    return engine.kind === "ready" ? TEACHERS.find(({ name }) => name === engine.teacher) : undefined;
  }

  #settings({ name }: TeacherDefinition): ClassifierSettings {
    return this.#store.state.settings.get(name) ?? {};
  }

  /** Loads the classifier in use anew, to take photos as the form says. */
  async take(fields: InputFields): Promise<void> {
    const { engine } = this.#store.state;
    const teacher = this.#inUse();
    if (!teacher || engine.kind !== "ready") return;
    try {
      const { input, outputs } = parseInput(fields, describeInput(engine.input, engine.outputs));
      const former = this.#settings(teacher);
      const settings = { ...former, input: { ...former.input, ...input }, ...(outputs ? { outputs } : {}) };
      await this.#controller.use(teacher, undefined, settings);
    } catch (error) {
      this.#controller.report(error);
    }
  }

  /** Uses the teacher whose weights the user's files hold, for as long as the page is open. */
  async open(files: readonly File[]): Promise<void> {
    try {
      const { run, tuning } = this.#store.state;
      if (run) throw new PageError("Another classifier has to wait for the explanation under way.", "Stop it first.");
      if (tuning) throw new PageError("Another classifier has to wait until this one is tuned.", "Stop tuning first.");
      const { weights, labels } = await sortFiles(files);
      if (weights.length === 0) return await this.#rename(labels);
      const { name, input } = gatherWeights(weights);
      const { definition, classes } = await recogniseTeacher(input, name);
      const fits = labels && (labels.meant || labels.list.length === classes);
      await this.#controller.use(definition, { name, input }, fits ? { labels: labels.list } : {});
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
  const found = await recogniseTeacher(source, source.name).catch((cause: Error) => refuse(cause.message.replace(/\.$/, ""), cause));
  if (found.definition !== teacher) refuse(`it holds ${found.definition.name}`);
  if (!found.published) refuse(`it has ${found.classes} classes`);
}
