import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { descriptionsOf, librariesIn } from "../../../bench/gpu/driver-files.ts";
import { fitLanes } from "../../../bench/gpu/kernel-cases.ts";
import { makePhoto, makeWeights } from "../../../bench/gpu/made-up.ts";
import { NetData } from "../../../bench/net-data.ts";
import type { FileSource } from "../../../src/cli/file-source.ts";
import { openInput } from "../../../src/cli/locate.ts";
import { findTeacher, recogniseTeacher } from "../../../src/faces/all.ts";
import { copy } from "../../../src/shaders/index.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import type { KernelCase } from "../../support/kernels.ts";

describe("driver files", () => {
  test("are the loader and the drivers among a process's libraries, each once", () => {
    const maps = [
      "7f01-7f02 r--p 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libvulkan.so.1.3.239",
      "7f02-7f03 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libvulkan.so.1.3.239",
      "7f03-7f04 r-xp 00000000 08:01 2 /usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.570.1",
      "7f04-7f05 r-xp 00000000 08:01 3 /usr/lib/x86_64-linux-gnu/libc.so.6",
      "7f05-7f06 rw-p 00000000 00:00 0 [heap]",
    ].join("\n");
    expect(librariesIn(maps)).toEqual([
      "/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.570.1",
      "/usr/lib/x86_64-linux-gnu/libvulkan.so.1.3.239",
    ]);
  });

  test("are described where the environment says, else where the loader looks", () => {
    const folders: Record<string, string[]> = {
      "/etc/vulkan/icd.d": ["nvidia_icd.json", "notes.txt"],
      "/home/a/.local/share/vulkan/icd.d": ["b.json"],
    };
    const list = (folder: string) => folders[folder] ?? [];
    expect(descriptionsOf({ HOME: "/home/a" }, list)).toEqual([
      "/home/a/.local/share/vulkan/icd.d/b.json",
      "/etc/vulkan/icd.d/nvidia_icd.json",
    ]);
    expect(descriptionsOf({ HOME: "/home/b", VK_ADD_DRIVER_FILES: "/c.json" }, list)).toEqual([
      "/c.json",
      "/etc/vulkan/icd.d/nvidia_icd.json",
    ]);
    expect(descriptionsOf({ VK_DRIVER_FILES: "/d.json:/e.json", VK_ICD_FILENAMES: "/f.json" }, list)).toEqual(["/d.json", "/e.json"]);
    expect(descriptionsOf({ VK_ICD_FILENAMES: "/f.json" }, list)).toEqual(["/f.json"]);
  });
});

describe("a kernel's case", () => {
  const written = { name: "a", kernel: copy, constants: { LANES: 4 }, threads: [12, 3, 2] } as unknown as KernelCase;

  test("for subgroups of another width has as many lanes as whole subgroups need", () => {
    expect(fitLanes(written, 4)).toBe(written);
    expect(fitLanes(written, 8)).toMatchObject({ constants: { LANES: 8 }, threads: [16, 3, 2] });
    expect(fitLanes(written, 32)).toMatchObject({ constants: { LANES: 32 }, threads: [32, 3, 2] });
    expect(fitLanes(written, undefined)).toBeUndefined();
  });

  test("without subgroups stays as it is", () => {
    const plain = { ...written, constants: {} };
    expect(fitLanes(plain, undefined)).toBe(plain);
    expect(fitLanes(plain, 32)).toBe(plain);
  });
});

test("made-up weights are a file of the net's, with the values that benchmarks take", async () => {
  const teacher = findTeacher("squeezenet1_1");
  const files = await makeWeights(teacher, await temporaryFolder());
  const sources: FileSource[] = [];
  const input = await openInput(files, teacher.file, sources);
  expect(await recogniseTeacher(input, files.path)).toMatchObject({ definition: { name: "squeezenet1_1" }, classes: 1000, channels: 3 });
  const first = new NetData(teacher.name, await teacher.nodes()).tensor("features.0.weight", [64, 3, 3, 3]);
  const bytes = (await readFile(files.path)).buffer;
  const header = Number(new DataView(bytes).getBigUint64(0, true));
  const { "features.0.weight": entry } = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + header)));
  const [from, to] = entry.data_offsets;
  expect(new Float32Array(bytes.slice(8 + header + from, 8 + header + to))).toEqual(first);
  for (const { close } of sources) await close();
});

test("a made-up photo is opaque and of several colours", () => {
  const { width, height, data } = makePhoto();
  expect(data.length).toBe(4 * width * height);
  expect(new Set(data.filter((_, at) => at % 4 === 3))).toEqual(new Set([255]));
  expect(new Set(data.filter((_, at) => at % 4 === 0)).size).toBeGreaterThan(30);
});
