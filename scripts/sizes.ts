/** Holds the library to what a page may load: `npm run sizes`, after `npm run build`. */
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

/** What a page loads, gzipped, at most. `late`: a file whose import() counts, too, with all that it brings. */
interface Limit {
  readonly what: string;
  readonly code: string;
  readonly bytes: number;
  readonly late?: string;
}

const SESSION = 'import { Session } from "relabel"; console.log(Session);';

/** An embedder bundles with esbuild and code splitting. */
export const LIMITS: readonly Limit[] = [
  // Histograms in place of two sorts a redraw take 0.4 kB of it, colour scales of one's own 0.15 kB.
  { what: "overlay alone", code: 'import { overlay } from "relabel"; console.log(overlay);', bytes: 5700 },
  { what: "Session, before anything is explained", code: SESSION, bytes: 60_000 },
  { what: "<relabel-map>, before it starts", code: 'import "relabel/element";', bytes: 6000 },
  { what: "Session in a worker, in the page", code: 'import { Session } from "relabel/worker"; console.log(Session);', bytes: 6000 },
  { what: "all of an explanation by default", code: SESSION, bytes: 110_000, late: "/relabel/relabel.js" },
];

/** Bytes of a page with this code, each of its files gzipped: the entry, what it imports statically, and what is imported late. */
export async function sizeOf({ code, late }: Pick<Limit, "code" | "late">): Promise<number> {
  const { outputFiles, metafile } = await build({
    ...{ bundle: true, splitting: true, format: "esm", minify: true, write: false, metafile: true, outdir: "out", absWorkingDir: ROOT },
    stdin: { contents: code, resolveDir: ROOT },
    logLevel: "error",
    // As built: this project's own settings lead to the sources instead.
    tsconfigRaw: {},
  });
  const sizes = new Map(outputFiles.map(({ path, contents }) => [baseOf(path), gzipSync(contents, { level: 9 }).length]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [baseOf(path), output]));
  const entries = [...outputs].filter(([name, { entryPoint }]) => name === "stdin.js" || (late && entryPoint?.endsWith(late)));
  const loaded = new Set<string>();
  for (const [name] of entries) visit(name, outputs, loaded);
  return [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
}

const baseOf = (path: string) => path.replace(/^.*[\\/]/, "");

function visit(name: string, outputs: ReadonlyMap<string, Metafile["outputs"][string]>, loaded: Set<string>): void {
  if (loaded.has(name)) return;
  loaded.add(name);
  for (const { path, kind } of outputs.get(name)?.imports ?? []) if (kind === "import-statement") visit(baseOf(path), outputs, loaded);
}

if (process.argv.includes("--check")) {
  for (const limit of LIMITS) {
    const bytes = await sizeOf(limit);
    const line = `${limit.what}: ${bytes} bytes gzipped, of ${limit.bytes}`;
    if (bytes <= limit.bytes) printLine(line);
    else {
      notify(`error: ${line}. Import what few need late, or raise the limit in scripts/sizes.ts with the reason.`);
      process.exitCode = 1;
    }
  }
}
