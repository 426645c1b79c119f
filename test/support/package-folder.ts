import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { ROOT } from "../../src/cli/paths.ts";
import { builtOnce } from "./built-once.ts";
import { smallInput } from "./small-input.ts";

/** The photo that the pages of these tests show. */
export const PHOTO = "coffee.jpg";

/** Shortens explanations on software adapters before the snippet runs. */
const SHORTEN = `import { Session } from "relabel";
const { explain } = Session.prototype;
Session.prototype.explain = function (photo, options) {
  return explain.call(this, photo, { method: "grad-cam", ...options });
};
`;

/** Runs the snippet, and says in the page's title how it ended. */
const RUN =
  'import("./snippet.ts").then(() => (document.title = "done"), (error) => (document.title = error.message + " " + error.fix));\n';

export const page = (script: string, head = "") => `<!doctype html>
<title>under way</title>${head}
<img src="/${PHOTO}" alt="A cup of coffee" crossorigin><canvas width="600" height="400"></canvas>
<script type="module" src="${script}"></script>
`;

const buildLibrary = (whole: boolean, outDir: string) =>
  build({
    root: ROOT,
    configFile: join(ROOT, "vite.config.ts"),
    logLevel: "error",
    plugins: whole ? [] : [smallInput(112)],
    build: { outDir, sourcemap: false },
  });

/** A folder of somebody who has installed the built library and saved the README's snippet as snippet.ts. `whole`: it explains by the default method and size, and not by short ones. */
export async function installedFolder(whole: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "relabel-embed-"));
  const own = join(folder, "node_modules", "relabel");
  await mkdir(join(own, "weights"), { recursive: true });
  await cp(await builtOnce(`library${whole ? "" : "-112"}`, (outDir) => buildLibrary(whole, outDir)), join(own, "dist"), {
    recursive: true,
  });
  const weights = "weights/efficientnet-lite0.safetensors";
  await copyFile(join(ROOT, "package.json"), join(own, "package.json"));
  await copyFile(join(ROOT, weights), join(own, weights));
  await copyFile(join(ROOT, "examples", PHOTO), join(folder, PHOTO));
  const snippet = await readFile(join(ROOT, "examples/snippet.ts"), "utf8");
  await writeFile(join(folder, "snippet.ts"), snippet);
  await writeFile(join(folder, "main.ts"), (whole ? "" : SHORTEN) + RUN);
  await writeFile(join(folder, "index.html"), page("/main.ts"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "somebody", type: "module" }));
  return folder;
}

export async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder) await rm(folder, { recursive: true, force: true });
}
