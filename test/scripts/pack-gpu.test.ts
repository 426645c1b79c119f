import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { librariesOf } from "../../scripts/pack-gpu.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { temporaryFolder } from "../support/command-line.ts";

/** Where NVIDIA's containers have the driver. */
const NVIDIA = "/usr/local/nvidia/lib64:/usr/local/nvidia/lib";
const SCRIPT = join(ROOT, "scripts/gpu.sh");

test("libraries are found in the linker's cache, the first of each name", () => {
  const cache = [
    "3 libs found in cache `/etc/ld.so.cache'",
    "\tlibvulkan.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libvulkan.so.1",
    "\tlibX11.so.6 (libc6,x86-64, OS ABI: Linux 3.2.0) => /lib/x86_64-linux-gnu/libX11.so.6",
    "\tlibX11.so.6 (libc6) => /lib/i386-linux-gnu/libX11.so.6",
  ].join("\n");
  expect([...librariesOf(cache)]).toEqual([
    ["libvulkan.so.1", "/lib/x86_64-linux-gnu/libvulkan.so.1"],
    ["libX11.so.6", "/lib/x86_64-linux-gnu/libX11.so.6"],
  ]);
});

describe.runIf(process.platform === "linux")("gpu.sh", () => {
  const run = (cwd: string, args: readonly string[], env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync("sh", [SCRIPT, ...args], {
      cwd,
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", ...env },
    });
    return { status, stdout, stderr };
  };

  /** A folder in which a pack lies unpacked, whose program prints what it was given. */
  async function unpacked(): Promise<string> {
    const folder = await temporaryFolder();
    const work = join(folder, "relabel-gpu");
    for (const part of ["bin", "lib", "dist"]) await mkdir(join(work, part), { recursive: true });
    await writeFile(join(work, "package.json"), "{}");
    const program = '#!/bin/sh\n[ "$1" = --version ] || echo "$@ | $VK_DRIVER_FILES | $(ls relabel-gpu/used) | $LD_LIBRARY_PATH"\n';
    await writeFile(join(work, "bin/node"), program, { mode: 0o755 });
    for (const name of ["libc.so.6", "libnowhere.so.1"]) await writeFile(join(work, "lib", name), "");
    return folder;
  }

  test("hands the options on, and brings libraries that the machine lacks and no others", async () => {
    const folder = await unpacked();
    const { status, stdout } = run(folder, ["--minutes", "8"], { VK_DRIVER_FILES: "/own.json" });
    expect(status).toBe(0);
    expect(stdout).toBe(
      `${folder}/relabel-gpu/dist/entry.mjs --minutes 8 | /own.json | libnowhere.so.1 | ${folder}/relabel-gpu/used:${NVIDIA}\n`,
    );
  });

  test("describes NVIDIA's driver where it is there and nothing else does", async () => {
    const folder = await unpacked();
    expect(run(folder, []).stdout).toMatch(/ \| {2}\| /);
    await writeFile(join(folder, "libGLX_nvidia.so.0"), "");
    const { stdout } = run(folder, [], { LD_LIBRARY_PATH: folder });
    expect(stdout).toContain(`| ${folder}/relabel-gpu/nvidia_icd.json |`);
  });

  test("says what to do without a pack", async () => {
    const { status, stderr } = run(await temporaryFolder(), ["--minutes", "8"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("Make it with scripts/gpu.sh pack DIR")]);
    expect(run(ROOT, ["pack"]).stderr).toContain("pack takes the folder to write to");
  });
});
