import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import type { CheckReport } from "../../src/faces/all.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;

test(
  "check makes the classifier random, and compares maps of other seeds and of photos with noise",
  async () => {
    const out = await temporaryFolder();
    const asked = `check examples/cat.jpg --size 128 --method grad-cam,rise --set rise.masks=4 --modules 1 --seeds 2 --neighbours 1 --json`;
    const { code, stdout, stderr } = await runCli([...asked.split(" "), "--out", out]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Grad-CAM: checking +\[=+\] 100 % \| 4\/4 .*sensitivity/);
    const { reports }: { reports: CheckReport[] } = JSON.parse(stdout);
    expect(reports.map(({ method }) => method)).toEqual(["grad-cam", "rise"]);
    for (const { target, randomisation } of reports) {
      expect(target.index).toBe(285);
      expect(randomisation).toHaveLength(1);
      expect(randomisation?.[0]?.modules).toEqual(["classifier"]);
    }
    const [still, drawn] = reports as [CheckReport, CheckReport];
    expect(still.randomisation?.[0]?.spearman).toBeLessThan(0.5);
    // Nothing of Grad-CAM is random, and it never lacks a map of the target here.
    expect(still.seeds).toEqual({ mean: 1, lowest: 1, pairs: 1 });
    expect(still).toMatchObject({ explanations: 4, randomisation: [expect.not.objectContaining({ ownChoice: true })] });
    expect(still.sensitivity?.largest).toBeGreaterThan(0);
    expect(still.sensitivity?.largest).toBeLessThan(0.2);
    expect(drawn.seeds?.mean).toBeLessThan(0.99);
    const table = await readFile(join(out, "cat.check.md"), "utf8");
    expect(table).toMatch(/\| classifier +\| +-?0\.\d{3} \(-?0\.\d{3}\) \| .+ \|/);
    expect(table).toMatch(/\| the same, lowest +\| +1\.000 \|/);
    expect(JSON.parse(await readFile(join(out, "cat.check.json"), "utf8"))).toMatchObject(JSON.parse(stdout));
  },
  3 * MINUTE,
);

test.each([
  ["--checks=luck", "Give a list such as randomisation,seeds of: randomisation, seeds, sensitivity"],
  ["--seeds=1", "Give a whole number from 2"],
  ["--neighbours=0", "Give a whole number from 1"],
])("check %s is refused before a browser starts", async (option, message) => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  const program = buildProgram(new AbortController().signal);
  await expect(program.parseAsync(["node", "relabel", "check", "examples/cat.jpg", option])).rejects.toThrow(message);
});
