/** Puts the docs beside the built pages: the site of `npm run docs` where it was built, else the Markdown; and a word for search engines. */
import { cpSync, existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin } from "vite";

const SITE = "dist-docs";

/** Files and folders of the project that the Markdown refers to. */
const MARKDOWN = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "LICENSE",
  "docs/images",
  "bench/results/README.md",
  "examples/README.md",
  "reference/README.md",
  "weights/README.md",
];

/** The address in the built docs of a page of Markdown, by its path in the project: that of docs/site/pages.js, or of the file. */
export function docsAddress(path: string, site: boolean): string {
  if (!site) return `docs/${path}`;
  return path === "README.md" ? "docs/index.html" : `docs/pages/${basename(path.replace(/(\/README)?\.md$/, ""))}.html`;
}

/** Points links of the pages to Markdown, such as href="/docs/benchmarks.md", to the docs that are copied. */
export function pageDocs(root: string): Plugin {
  const site = existsSync(join(root, SITE, "index.html"));
  return {
    name: "page-docs",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html, { path }) => {
        const up = "../".repeat(path.replace(/^\//, "").split("/").length - 1) || "./";
        const led = (_: string, file: string, part = "") => ` href="${up}${docsAddress(file, site)}${part}"`;
        return html.replace(/ href="\/([\w/-]+\.md)(#[\w-]+)?"/g, led);
      },
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "robots.txt", source: "User-agent: *\nAllow: /\n" });
    },
    writeBundle({ dir = "" }) {
      const docs = join(dir, "docs");
      if (site) return cpSync(join(root, SITE), docs, { recursive: true });
      const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
      for (const path of [...MARKDOWN, ...pages.map((name) => `docs/${name}`)])
        cpSync(join(root, path), join(docs, path), { recursive: true });
    },
  };
}
