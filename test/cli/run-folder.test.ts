import { spawnSync } from "node:child_process";
import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { makeRunFolder, removeRunFolder, sweepRunFolders } from "../../src/cli/run-folder.mjs";
import { temporaryFolder } from "../support/command-line.ts";

test("folders of processes that are gone are removed, and no others", async () => {
  const parent = await temporaryFolder();
  const own = makeRunFolder(join(parent, "new"), "run");
  const [kind, place, pid, start, end] = basename(own).split("-") as [string, string, string, string, string];
  expect([kind, pid]).toEqual(["run", String(process.pid)]);
  const { pid: gone } = spawnSync(process.execPath, ["--version"]);
  const folders: [string, boolean][] = [
    [`run-${place}-${pid}-${start}-${end}`, true],
    [`run-${place}-${gone}-${start}-abcdef`, false],
    // The number is another's by now; only /proc tells.
    [`run-${place}-${pid}-${Number(start) - 1}-abcdef`, process.platform !== "linux"],
    // Another machine's, or container's, which sees other processes.
    [`run-00000000-${gone}-${start}-abcdef`, true],
    [`other-${place}-${gone}-${start}-abcdef`, true],
    [`run-${place}-${gone}-${start}-abcdef.txt`, true],
    ["run-abcdef", true],
  ];
  for (const [name] of folders) {
    await mkdir(join(parent, "new", name, "deep"), { recursive: true });
    await writeFile(join(parent, "new", name, "deep", "file"), "");
  }
  await mkdir(join(parent, "elsewhere"));
  await symlink(join(parent, "elsewhere"), join(parent, "new", `run-${place}-${gone}-${start}-linked`));
  sweepRunFolders(join(parent, "new"), "run");
  const expected = folders.flatMap(([name, stays]) => (stays ? [name] : []));
  expect((await readdir(join(parent, "new"))).sort()).toEqual([...expected, `run-${place}-${gone}-${start}-linked`].sort());
  expect(await readdir(parent)).toContain("elsewhere");

  await rename(join(parent, "new", "run-abcdef"), join(parent, "new", `run-${place}-${gone}-${start}-fedcba`));
  const second = makeRunFolder(join(parent, "new"), "run");
  expect(await readdir(join(parent, "new"))).not.toContain(`run-${place}-${gone}-${start}-fedcba`);
  removeRunFolder(second);
  expect(await readdir(join(parent, "new"))).not.toContain(basename(second));
  expect(() => removeRunFolder(second)).not.toThrow();
});
