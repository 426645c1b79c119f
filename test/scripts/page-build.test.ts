/** What the build of the page says of connections and of the docs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { policyOf } from "../../scripts/page/content-policy.ts";
import { docsAddress } from "../../scripts/page/page-docs.ts";
import { ROOT } from "../../src/cli/paths.ts";

const directive = (policy: string, name: string) =>
  policy
    .split("; ")
    .find((part) => part.startsWith(`${name} `))
    ?.split(" ")
    .slice(1);

describe("the policy", () => {
  test("lets a page connect to its own server and the hub that it names, and to those that send the hub's files", () => {
    expect(directive(policyOf({ hub: "https://mirror.example/hub", compiles: false }), "connect-src")).toEqual([
      "'self'",
      "https://mirror.example",
    ]);
    expect(directive(policyOf({ hub: undefined, compiles: false }), "connect-src")).toEqual(["'self'"]);
    expect(directive(policyOf({ hub: "https://huggingface.co", compiles: false }), "connect-src")).toContain("https://*.hf.co");
  });

  test("never lets text become code, and WebAssembly only where that is asked for", () => {
    const [page, bench] = [false, true].map((compiles) => directive(policyOf({ hub: undefined, compiles }), "script-src"));
    expect(page).toEqual(["'self'"]);
    expect(bench).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  });
});

test("links to the docs lead to pages of the site, or else to the Markdown", () => {
  expect(["README.md", "docs/profiling.md", "weights/README.md"].map((path) => docsAddress(path, true))).toEqual([
    "docs/index.html",
    "docs/pages/profiling.html",
    "docs/pages/weights.html",
  ]);
  expect(docsAddress("docs/profiling.md", false)).toBe("docs/docs/profiling.md");
  const links = ["index.html", "bench/index.html", "bench/results/index.html"].flatMap((page) => [
    ...readFileSync(join(ROOT, page), "utf8").matchAll(/ href="\/([\w/-]+\.md)(?:#[\w-]+)?"/g),
  ]);
  expect(links.length).toBeGreaterThan(3);
  for (const [, path] of links) expect(() => readFileSync(join(ROOT, path as string)), path).not.toThrow();
});
