import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { METRICS } from "../../src/evaluate/metrics.ts";
import { METHODS } from "../../src/explain/methods.ts";

const ROOT = resolve("src");

/** Every TypeScript file of src/ with its text, by its path there. */
async function sources(): Promise<Map<string, string>> {
  const paths = (await readdir(ROOT, { recursive: true })).filter((path) => path.endsWith(".ts") && !path.startsWith("shaders"));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(ROOT, path), "utf8")] as const)));
}

/** The files that import a value, and not types alone, from a file. */
function importersOf(file: string, files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => {
    const values = [...text.matchAll(/^(?:import|export) (?!type )(\{[^}]*\}|\w+|\* as \w+) from "(\.[^"]+)";$/gm)].filter(
      ([, names = ""]) => !/^\{(?:\s*type \w+,?)*\s*\}$/.test(names),
    );
    return values.some(([, , target = ""]) => relative(ROOT, resolve(ROOT, path, "..", target)) === file) ? [path] : [];
  });
}

/** The file that defines a constant with this name in it: `name: "rise"`. */
function definingFile(kind: RegExp, name: string, files: ReadonlyMap<string, string>): string | undefined {
  return [...files].find(([, text]) => kind.test(text) && text.includes(`\n  name: "${name}",\n`))?.[0];
}

test("a method is one file beside its description, and its group is loaded by the list of methods alone", async () => {
  const files = await sources();
  for (const { name } of METHODS.slice(1)) {
    const descriptions = definingFile(/= describeMethod\(/, name, files) as string;
    const constant = new RegExp(`const (\\w+) = describeMethod\\(\\{\\n  name: "${name}"`).exec(files.get(descriptions) as string)?.[1];
    const [file, ...others] = [...files].filter(([, text]) => text.includes(`: MethodDefinition<typeof ${constant}.parameters> =`));
    const group = /^explain\/(\w+)\//.exec(file?.[0] ?? "")?.[1];
    expect([group, others], name).toEqual([expect.any(String), []]);
    const loaded = `explain/${group}/${group}-methods.ts`;
    expect(importersOf(file?.[0] as string, files), name).toEqual([loaded]);
    expect(importersOf(loaded, files), name).toEqual([]);
    expect(files.get("explain/methods.ts"), name).toContain(
      `list(${constant}, async () => (await import("./${group}/${group}-methods.ts")).`,
    );
  }
});

test("a metric is one file, which the list of metrics alone imports, and nothing else names one but the first", async () => {
  const files = await sources();
  for (const { name } of METRICS) {
    const file = definingFile(/ satisfies MetricDefinition</, name, files) as string;
    expect(file, name).toMatch(/^evaluate\//);
    expect(importersOf(file, files), name).toEqual(["evaluate/metrics.ts"]);
    if (name === METRICS[0].name) continue;
    const named = new RegExp(`"${name}"|\\.${name}\\b|\\b${name}:`);
    // Prose may have the word, and so may ONNX's operators and the layers that compute them.
    const code = [...files].filter(([path]) => path !== file && !/^(onnx|ops)\//.test(path));
    const elsewhere = code.filter(([, text]) => named.test(text.replaceAll(/^ *(\*|\/\*|\/\/).*$/gm, ""))).map(([path]) => path);
    expect(elsewhere, name).toEqual([]);
  }
});
