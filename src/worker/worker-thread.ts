/** The worker's end: a session that does what the page asks for. */
import type { GivenPhoto, OpenedPhoto } from "../classify/opened-photo.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import type { EvaluateOptions } from "../evaluate/evaluator.ts";
import { explainedPhoto } from "../explain/explained-photo.ts";
import { Session } from "../explain/session.ts";
import { packError, unpackError } from "./errors.ts";
import type { Facts, Judgement, Method, Outcome, PackedPhoto, ToPage, ToWorker } from "./messages.ts";
import { memoryOf, type PageSide, unpack } from "./packing.ts";

type Call = ToWorker & { kind: "call" };

let session: Session | undefined;
let told: Pick<Facts, "adapter" | "tuning"> | undefined;
const aborts = new Map<number, AbortController>();
const opened = new Map<number, OpenedPhoto>();
const invocations = new Map<number, (outcome: Outcome) => void>();
let last = 0;

const post = (message: ToPage, transfer: Transferable[] = []) => postMessage(message, { transfer });

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "call") void perform(data);
  else if (data.kind === "abort") aborts.get(data.call)?.abort();
  else if (data.kind === "close") opened.delete(data.opened);
  else invocations.get(data.invocation)?.(data.outcome);
});

async function perform(call: Call): Promise<void> {
  const abort = new AbortController();
  aborts.set(call.call, abort);
  try {
    // A signal even where none was given: what receivers of news throw ends the call, too.
    const options = { ...(unpack(call.options, pageSide(abort)) as object), signal: abort.signal };
    const { value, source, memory = [] } = await run(call, options);
    post({ kind: "outcome", call: call.call, outcome: { value }, ...changedFacts(), source }, memory);
  } catch (error) {
    post({ kind: "outcome", call: call.call, outcome: { error: packError(error) }, ...changedFacts() });
  } finally {
    aborts.delete(call.call);
  }
}

interface Answer {
  readonly value: unknown;
  readonly source?: unknown;
  /** What is moved to the page. */
  readonly memory?: Transferable[];
}

async function run({ method, photo: packed }: Call, options: { signal: AbortSignal }): Promise<Answer> {
  if (method === "create") {
    session = await Session.create(options);
    return { value: undefined };
  }
  const made = session as Session;
  if (method === "measureCeilings") return { value: await made.measureCeilings() };
  if (method === "findRefusal") return { value: await made.findRefusal(options) };
  if (method === "tune") return { value: await made.tune(options) };
  const given = packed as PackedPhoto;
  const photo = unpackPhoto(given);
  const picture = "picture" in given && given.picture;
  try {
    if (method === "open") {
      const { input, size, source } = remember(await made.open(photo as PhotoSource, options));
      return { value: { opened: last, input, size }, ...(picture ? { source } : {}) };
    }
    const value = await (isJudgement(method) ? judge(method, made, photo, options) : made[method](photo, options));
    const source = picture && method === "explain" ? explainedPhoto(value as object) : undefined;
    return { value, source, memory: memoryOf([value, source]) };
  } finally {
    if (picture) (photo as ImageBitmap).close();
  }
}

const JUDGEMENTS: readonly string[] = ["evaluate", "check", "embed", "drawCurves"] satisfies Judgement[];
const isJudgement = (method: Method): method is Judgement => JUDGEMENTS.includes(method);

/** Scores and checks, whose code comes when the first is asked for. */
async function judge(judgement: Judgement, made: Session, photo: GivenPhoto, options: object): Promise<unknown> {
  const { check, drawCurves, embed, evaluate } = await import("../evaluate/judgements.ts");
  if (judgement === "check") return check(made, photo, options);
  if (judgement === "embed") return embed(made, photo, options);
  if (judgement === "drawCurves") {
    const { map, ...rest } = options as { map: ArrayLike<number> };
    return drawCurves(made, photo, map, rest);
  }
  const { maps, ...rest } = options as EvaluateOptions & { maps: Readonly<Record<string, ArrayLike<number>>> };
  return evaluate(made, photo, maps, rest);
}

function remember(photo: OpenedPhoto): OpenedPhoto {
  opened.set(++last, photo);
  return photo;
}

function unpackPhoto(packed: PackedPhoto): PhotoSource | OpenedPhoto {
  if ("opened" in packed) return opened.get(packed.opened) as OpenedPhoto;
  return "url" in packed ? new URL(packed.url) : (packed.source as PhotoSource);
}

/** What the page's session says of itself, where that has changed: all of it at first, and only this can change. */
function changedFacts(): { facts?: Partial<Facts> } {
  if (!session) return {};
  const { adapter, tuning } = session;
  if (told && told.adapter === adapter && told.tuning === tuning) return {};
  const first = told === undefined;
  told = { adapter, tuning };
  if (!first) return { facts: told };
  const { teacher, input, outputs, ignored, layers, labels } = session;
  return { facts: { ...told, teacher, input, outputs, ignored, layers, labels } };
}

function pageSide(abort: AbortController): PageSide {
  return {
    invoke(number, args) {
      const invocation = ++last;
      const answer = new Promise<unknown>((resolve, reject) => {
        invocations.set(invocation, (outcome) => {
          invocations.delete(invocation);
          if ("error" in outcome) reject(unpackError(outcome.error));
          else resolve(unpack(outcome.value, pageSide(abort)));
        });
      });
      post({ kind: "invoke", invocation, function: number, args });
      return answer;
    },
    tell: (number, args) => post({ kind: "tell", function: number, args }),
    signal(aborted) {
      if (aborted) abort.abort();
      return abort.signal;
    },
  };
}
