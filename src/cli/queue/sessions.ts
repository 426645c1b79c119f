/** A worker's session: of the run whose unit it has, opened once for all units of that run. */
import { existsSync } from "node:fs";
import { adapterName, RESULTS, TEACHERS, type TeacherDefinition } from "../../faces/all.ts";
import type { OpenSession, open, PhotoOptions } from "../command.ts";
import { CommandError } from "../errors.ts";
import { hashWeights, stateOf, weightsPaths } from "../evaluation/run.ts";
import { fetchTeacher } from "../fetch-teacher.ts";
import { installedWeights, isAddress, locateWeights } from "../locate.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { notify } from "../print.ts";
import type { RuntimeName } from "../runtime-types.ts";
import type { QueueDatabase } from "./database.ts";
import { outlast } from "./patience.ts";
import type { Plan } from "./units.ts";

export interface SessionChoices {
  /** In the place of the run's. */
  readonly weights?: string;
  readonly runtime?: RuntimeName;
  readonly batch?: number;
  readonly memory?: number;
  readonly tuning: boolean;
}

/** What is the matter with this worker, and not with its unit. */
export class WorkerFault extends Error {
  constructor(override readonly cause: unknown) {
    super("This worker cannot work.");
  }
}

/** A run of which this worker can take units. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly located: LocatedClassifier;
  /** What `stateOf` said of the weights before they were hashed. */
  readonly weightsState: string;
  readonly options: PhotoOptions;
}

export class Sessions {
  #current: { readonly id: string; readonly prepared: PreparedPlan; session?: OpenSession } | undefined;

  constructor(
    private readonly queue: QueueDatabase,
    private readonly choices: SessionChoices,
    private readonly openSession: typeof open,
  ) {}

  /** Makes the plan the one whose session is open. Throws a WorkerFault where the classifier is not to be had here. */
  async prepare(id: string, signal: AbortSignal): Promise<PreparedPlan> {
    if (this.#current?.id !== id) {
      await this.close();
      const plan = await outlast(() => this.queue.getPlan(id), signal);
      const prepared = await this.#locate(plan, signal).catch((error) => {
        throw new WorkerFault(error);
      });
      this.#current = { id, prepared };
    }
    return (this.#current as { prepared: PreparedPlan }).prepared;
  }

  /** Closes the session; the next unit opens another one. */
  async close(): Promise<void> {
    const { session } = this.#current ?? {};
    this.#current = undefined;
    await session?.runtime.close().catch(() => {});
  }

  async #locate(plan: Plan, signal: AbortSignal): Promise<PreparedPlan> {
    const { run, request, classifier, session } = plan;
    if (run.results !== RESULTS) {
      throw new CommandError("The run is of another version of relabel", "Install the same version wherever the run is computed.");
    }
    const { name, file, options, ...facts } = classifier;
    const weights = await locateWeights(await this.#findWeights(name, file, signal), name, signal, { ...options.size, ...options });
    const weightsState = await stateOf(weightsPaths(weights, request.methods));
    const hashes = await hashWeights(weights, request.methods);
    const expected = [...run.weights.teacher, ...(run.weights.vae === undefined ? [] : [run.weights.vae])];
    if (hashes.join() !== expected.join()) {
      throw new CommandError(`${weights.path} has other weights than the run (by SHA-256)`, "Name the run's weights with --weights.");
    }
    const located: LocatedClassifier = { ...facts, weights };
    const { runtime = session.runtime, batch = session.batch, memory = session.memory, tuning } = this.choices;
    const { precision = "f32", activations = "f32" } = session;
    const chosen = { runtime, tuning, precision, activations, located };
    const sizes = { ...(batch === undefined ? {} : { batch }), ...(memory === undefined ? {} : { memory }) };
    return {
      plan,
      located,
      weightsState,
      options: { ...chosen, ...sizes, session: (signal) => this.#open({ ...chosen, ...sizes }, signal) },
    };
  }

  /** Where the weights are on this machine; undefined where they are installed. */
  async #findWeights(name: string | undefined, file: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    const place = this.choices.weights ?? file;
    if (place !== undefined) {
      if (isAddress(place) || existsSync(place)) return place;
      throw new CommandError(`The run's weights, ${place}, are not on this machine`, "Put them there, or name them with --weights.");
    }
    const teacher = TEACHERS.find((candidate) => candidate.name === name) ?? (TEACHERS[0] as TeacherDefinition);
    if (!installedWeights().has(teacher.file)) notify(await fetchTeacher(teacher, signal));
    return undefined;
  }

  async #open(options: PhotoOptions, signal: AbortSignal): Promise<OpenSession> {
    const current = this.#current as { session?: OpenSession };
    if (!current.session) {
      current.session = await this.openSession(options, signal).catch((error) => {
        throw signal.aborted ? error : new WorkerFault(error);
      });
      notify(`Adapter: ${adapterName(current.session.runtime.adapter)}`);
    }
    return current.session;
  }
}
