import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { currentDefinitions, renderDefinitions } from "../../scripts/reflect.ts";

const FOLDER = new URL("../../src/shaders/", import.meta.url);
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => /^(?!include).*\.wgsl$/.test(file));

test("the definitions in src/shaders are what the .wgsl files declare; if not, run `npm run reflect`", () => {
  expect(Object.fromEntries(currentDefinitions())).toEqual(Object.fromEntries(renderDefinitions()));
});

describe("every kernel's file", () => {
  test.each(files)("%s begins with a comment that says its mapping, its users and its bound, and is short", (file) => {
    const lines = readFileSync(new URL(file, FOLDER), "utf8").trimEnd().split("\n");
    const head = lines.slice(
      0,
      lines.findIndex((line) => !line.startsWith("//")),
    );
    const said = head.join("\n");
    expect(said).toMatch(/^\/\/ Mapping +\S/m);
    expect(said).toMatch(/^\/\/ Used by +\S/m);
    expect(said).toMatch(/^\/\/ Bound by +\S/m);
    expect(lines.length).toBeLessThanOrEqual(140);
  });
});
