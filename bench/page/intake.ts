/** How files get into the benchmark's page: reports to look at, and nets to measure. */
import { gatherModel, isModel } from "../../src/page/onnx-files.ts";
import { PageError } from "../../src/page/problem.ts";
import { gatherWeights } from "../../src/page/weights-files.ts";
import { type OwnNet, openOwnNet } from "../own-nets.ts";
import type { Report } from "../report/report.ts";
import { mountFiles, readReport } from "./report-files.ts";

/** Who gets what the files hold. */
interface Receiver {
  onReport(report: Report, file: string): void;
  onNet(name: string, net: OwnNet): void;
  onProblem(error: unknown): void;
}

/** The file picker, and dropping anywhere on the page. */
export function mountIntake(receiver: Receiver): void {
  mountFiles(
    (files) => openFiles(files, receiver),
    (error) => receiver.onProblem(error),
  );
}

/** Takes reports one by one, and all other files together as one net. Throws a PageError, BAD_MODEL or BAD_WEIGHTS. */
async function openFiles(files: readonly File[], { onReport, onNet }: Receiver): Promise<void> {
  const ofNet: File[] = [];
  for (const file of files) {
    const text = /\.json$/i.test(file.name) ? await file.text() : "";
    // The index of a model in pieces is JSON, too.
    if (/\.json$/i.test(file.name) && !text.includes('"weight_map"')) onReport(readReport(text, file.name), file.name);
    else ofNet.push(file);
  }
  if (ofNet.length === 0) return;
  const stranger = ofNet.find(({ name }) => !ofNet.some(isModel) && !/\.(safetensors|json)$/i.test(name));
  if (stranger)
    throw new PageError(
      `${stranger.name} is neither a net nor a report.`,
      "Give ONNX or safetensors, or the JSON of a run of the benchmark.",
    );
  const { name, input } = ofNet.some(isModel) ? gatherModel(ofNet) : gatherWeights(ofNet);
  onNet(name, await openOwnNet(name, input));
}
