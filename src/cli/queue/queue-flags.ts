/** Defines the options of evaluations by way of a queue. */
import { Option } from "commander";
import { whole } from "../parse-number.ts";

export interface QueueOptions {
  /** The address of a queue, or `true` where RELABEL_QUEUE has it. */
  queue?: string | true;
  /** Photos in a unit of the queue. */
  unit?: number;
  sendPhotos?: boolean;
}

/** `what` the queue is for. */
export function queueOption(what: string): Option {
  return new Option("--queue [address]", `${what}; postgres://USER@HOST/DATABASE, or without a value what RELABEL_QUEUE holds`);
}

/** Options of `evaluate`. */
export function queueOptions(): Option[] {
  return [
    queueOption("let workers compute: `worker --queue` takes units from this queue"),
    new Option("--unit <n>", "photos in a unit of the queue (default: a 200th of them, 16 at most)").argParser(whole(1, 10_000)),
    new Option("--send-photos", "put the photos into the queue's database, for workers that do not see their folder"),
  ];
}
