/** Defines the options of workers. */
import { Option } from "commander";
import { commonOptions } from "../flags.ts";
import { whole } from "../parse-number.ts";
import { queueOption } from "./queue-flags.ts";

/** What of a run a worker may do otherwise: no number depends on it but by rounding. */
const REPLACED = ["weights", "batch", "memory", "runtime"];

export function workerOptions(): Option[] {
  return [
    queueOption("the queue to take units from"),
    new Option("--idle <seconds>", "end once the queue was empty for so long (default: never)").argParser(whole(1, 1e6)),
    ...commonOptions()
      .filter((option) => REPLACED.includes(option.attributeName()))
      .map(ofRun),
    ...commonOptions().filter((option) => option.attributeName() === "tuning"),
  ];
}

function ofRun(option: Option): Option {
  option.description = `${option.description.replace(/ \(default: .*\)$/, "")} (default: the run's)`;
  return option.default(undefined);
}
