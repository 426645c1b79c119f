/** Holds every source file to opening with a sentence that says what it is for. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";

const FOLDERS = ["src", "bench", "scripts"];
/** Characters of the first sentence. */
const LONGEST = 200;
const DECLARATION = /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function|class|interface|type|enum)\b/gm;

/** Why a source does not open as it should; undefined if it does. */
function faultOf(source: string): string | undefined {
  const [block, content] = /^\/\*\*([\s\S]*?)\*\/\n/.exec(source) ?? [];
  if (block === undefined || content === undefined) return "has no opening";
  const text = content.replace(/\s+(?:\* ?)?/g, " ").trim();
  const end = text.search(/\.(?: |$)/);
  if (end < 0) return "has no full stop in its opening";
  if (end > LONGEST) return `takes ${end} characters to its first full stop`;
  const rest = source.slice(block.length);
  const apart = /^(?:\n|import |export (?:type )?[{*])/.test(rest);
  // The comment right above a declaration is that declaration's; it says enough where there is no other.
  return apart || (rest.match(DECLARATION) ?? []).length < 2 ? undefined : "opens with what only its first declaration is for";
}

test("every source file opens with what it is for", () => {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path).replaceAll("\\", "/")),
  ).filter((path) => /\.m?[tj]s$/.test(path));
  expect(paths.length).toBeGreaterThan(300);
  const faults = paths.flatMap((path) => {
    const fault = faultOf(readFileSync(join(ROOT, path), "utf8"));
    return fault === undefined ? [] : [`${path} ${fault}`];
  });
  expect(faults).toEqual([]);
});

test.each<[string, string | undefined]>([
  ['/** Sends letters. */\nimport { join } from "node:path";\n\nconst A = 1;\nconst B = 2;\n', undefined],
  ["/** Sends letters. */\n\n/** A. */\nconst A = 1;\nconst B = 2;\n", undefined],
  ["/**\n * Sends letters,\n * and receives them.\n */\nexport function send(): void {}\n", undefined],
  ['/** Sends letters. */\nexport { send } from "./send.ts";\n', undefined],
  ['import { join } from "node:path";\n\n/** Sends letters. */\nconst A = 1;\n', "has no opening"],
  ['// Sends letters.\nimport { join } from "node:path";\n', "has no opening"],
  ["\n/** Sends letters. */\n\nconst A = 1;\n", "has no opening"],
  ['/** Sends letters, v1.2 */\nimport { join } from "node:path";\n', "has no full stop in its opening"],
  [`/** ${"Sends letters ".repeat(15)}to all. */\n\nconst A = 1;\n`, "takes 216 characters to its first full stop"],
  ["/** A stamp. */\nexport const A = 1;\nexport const B = 2;\n", "opens with what only its first declaration is for"],
])("%j", (source, fault) => {
  expect(faultOf(source)).toBe(fault);
});
