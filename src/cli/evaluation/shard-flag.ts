/** Reads --shard: a part that is named, or the one that a job array gives to this process. */
import { InvalidArgumentError } from "commander";
import type { Shard } from "./photos.ts";

const GUIDE = "Give i/n with i from 0 to n - 1, such as 0/2 and 1/2; or auto in a Slurm job array, auto/n in a Kubernetes Indexed Job.";

/**
 * "1/3" is the second of three parts. "auto" is the part of a Slurm array's task, and "auto/3" that of a pod of an Indexed Job with three
 * completions, which Kubernetes does not tell. Throws commander's InvalidArgumentError.
 */
export function parseShard(text: string, env: Readonly<Record<string, string | undefined>> = process.env): Shard {
  if (text === "auto") return slurmShard(env);
  const [, index, count] = /^(\d+|auto)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined) throw new InvalidArgumentError(GUIDE);
  return shardOf(
    index === "auto" ? read(env, "JOB_COMPLETION_INDEX", "auto/n is for Kubernetes Indexed Jobs") : Number(index),
    Number(count),
  );
}

/** Arrays may begin anywhere, and leave numbers out only in steps, which would leave photos out. */
function slurmShard(env: Readonly<Record<string, string | undefined>>): Shard {
  const [id, first, last, count] = ["ID", "MIN", "MAX", "COUNT"].map((name) =>
    read(env, `SLURM_ARRAY_TASK_${name}`, "auto is for Slurm job arrays"),
  ) as [number, number, number, number];
  if (last - first + 1 !== count)
    throw new InvalidArgumentError("The array's numbers have gaps. Submit it as --array=0-N, without a step.");
  return shardOf(id - first, count);
}

function shardOf(index: number, count: number): Shard {
  if (index < 0 || index >= count) throw new InvalidArgumentError(GUIDE);
  return { index, count };
}

function read(env: Readonly<Record<string, string | undefined>>, name: string, purpose: string): number {
  const text = env[name] ?? "";
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`${purpose}, and ${name} is not set. ${GUIDE}`);
  return Number(text);
}
