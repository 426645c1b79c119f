import { expect, test } from "vitest";
import { parseShard } from "../../../src/cli/evaluation/shard-flag.ts";

const slurm = (id: number, first: number, last: number, count: number) => ({
  ...{ SLURM_ARRAY_TASK_ID: `${id}`, SLURM_ARRAY_TASK_MIN: `${first}` },
  ...{ SLURM_ARRAY_TASK_MAX: `${last}`, SLURM_ARRAY_TASK_COUNT: `${count}` },
});

test("a part is named, or is that of a task of a Slurm array, wherever that begins, or of a pod of an Indexed Job", () => {
  expect(parseShard("1/3", {})).toEqual({ index: 1, count: 3 });
  expect(parseShard("auto", slurm(0, 0, 3, 4))).toEqual({ index: 0, count: 4 });
  expect(parseShard("auto", slurm(7, 5, 8, 4))).toEqual({ index: 2, count: 4 });
  expect(parseShard("auto/8", { JOB_COMPLETION_INDEX: "7" })).toEqual({ index: 7, count: 8 });
});

test.each<[string, Record<string, string>, string]>([
  ["2/2", {}, "Give i/n"],
  ["-1/2", {}, "Give i/n"],
  ["auto/auto", {}, "Give i/n"],
  ["auto", {}, "SLURM_ARRAY_TASK_ID is not set"],
  ["auto", slurm(0, 0, 6, 4), "have gaps"],
  ["auto/2", {}, "JOB_COMPLETION_INDEX is not set"],
  ["auto/2", { JOB_COMPLETION_INDEX: "2" }, "Give i/n"],
])("%s is refused where it names no part", (text, env, message) => {
  expect(() => parseShard(text, env)).toThrow(message);
});
