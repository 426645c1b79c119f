/** Writes JSON, and reads what users may have edited or damaged, with errors that point to the line and the field. */
import { readFile } from "node:fs";
import { promisify } from "node:util";
import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { type BaseIssue, type GenericSchema, type InferOutput, safeParse } from "valibot";
import { CommandError } from "./errors.ts";
import { describeIssue } from "./schema-parts.ts";

/** A quarter of the time of `node:fs/promises`, which shows where a run has 500,000 files. */
const read = promisify(readFile);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The value of a text that is, letter by letter, what `asJson` writes of it, or any JSON if it was `checked`; undefined for any other. */
function parseQuickly(text: string, checked: boolean): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // A field that is there twice would be lost.
    return checked || asJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a JSON file and checks it against a schema; undefined where there is no such file. Throws a CommandError that names the file, the
 * line and the field; `fix` says what to do then. `checked`: the process has read the file before, and need not look for fields that are there
 * twice.
 */
export async function readJson<S extends GenericSchema>(
  path: string,
  schema: S,
  fix: string,
  { checked = false } = {},
): Promise<InferOutput<S> | undefined> {
  const refuse = (what: string, line?: number): never => {
    throw new CommandError(`${path}${line === undefined ? "" : `, line ${line}`}: ${what}`, fix);
  };
  let text: string;
  try {
    text = UTF8.decode(await read(path));
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return undefined;
    return refuse(code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "not text" : `cannot be read (${code})`);
  }
  // Nearly all files are as they were written, and need no parser that knows lines.
  const written = parseQuickly(text, checked);
  const quick = written === undefined ? undefined : safeParse(schema, written);
  if (quick?.success) return quick.output;
  if (text.trim() === "") refuse("the file is empty");
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  const errors: ParseError[] = [];
  let tree: Node | undefined;
  try {
    tree = parseTree(text, errors, { disallowComments: true });
  } catch {
    return refuse("nested too deeply");
  }
  const [error] = errors;
  if (error || !tree) return refuse(`not JSON (${error ? printParseErrorCode(error.error) : "no value"})`, lineOf(error?.offset ?? 0));
  const twice = findDuplicate(tree);
  if (twice) refuse(`the field ${JSON.stringify(twice.value)} is there twice`, lineOf(twice.offset));
  const { success, output, issues } = safeParse(schema, getNodeValue(tree));
  if (success) return output;
  const [issue] = issues;
  return refuse(describeIssue(issue), lineOf(placeOf(tree, issue)));
}

/** The name of a field that its object has already. */
function findDuplicate(node: Node): Node | undefined {
  const names = new Set<unknown>();
  for (const child of node.children ?? []) {
    const [name] = node.type === "object" ? (child.children ?? []) : [];
    if (name && names.has(name.value)) return name;
    names.add(name?.value);
    const inside = findDuplicate(child);
    if (inside) return inside;
  }
  return undefined;
}

/** Where the value stands, or the object that should have it. */
function placeOf(tree: Node, { path }: BaseIssue<unknown>): number {
  const keys = (path ?? []).map(({ key }) => key as string | number);
  const nodes = keys.map((_, at) => findNodeAtLocation(tree, keys.slice(0, at + 1)));
  return nodes.findLast((node) => node !== undefined)?.offset ?? tree.offset;
}
