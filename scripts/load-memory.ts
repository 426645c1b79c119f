/**
 * Measures what loading a classifier's file costs the page, in memory and in time. On Linux, files in turn:
 *
 *     node bin/run.mjs scripts/load-memory.ts vgg16.onnx vgg16.safetensors [--rounds N]
 *
 * A file beside it with ".data" at its end goes with it. Every load has a page of its own. As root: the peak is set back before the load.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { performance } from "node:perf_hooks";
import type { ElementHandle, Page } from "puppeteer-core";
import { createServer } from "vite";
import { openPage } from "../src/cli/browser.ts";
import { ROOT } from "../src/cli/paths.ts";
import { printLine } from "../src/cli/print.ts";

const given = process.argv.slice(2);
const flag = given.indexOf("--rounds");
const rounds = flag < 0 ? 3 : Number(given[flag + 1]);
const files = flag < 0 ? given : given.slice(0, flag);

const server = await createServer({ root: ROOT, logLevel: "error", server: { port: 0, host: "127.0.0.1", open: false } });
await server.listen();
const [address = ""] = server.resolvedUrls?.local ?? [];

/** The process of the page's tab, of those that Chrome has for pages the one with the largest memory. */
async function rendererOf(page: Page): Promise<number> {
  const session = await page.browser().target().createCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const sizes = await Promise.all(renderers.map(async (id) => ({ id, size: await megabytes(id, "VmRSS") })));
  return (sizes.sort((a, b) => b.size - a.size)[0] as { id: number }).id;
}

async function megabytes(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
}

/** Drops the file on a page without a photo, so that nothing but the load is seen. */
async function load(file: string): Promise<{ before: number; peak: number; seconds: number }> {
  const page = await openPage(address, { software: true });
  page.setDefaultTimeout(600_000);
  try {
    const ready = (name: string) =>
      page.waitForFunction((wanted) => document.querySelector("#adapter")?.textContent?.includes(wanted), {}, `${name} on `);
    await ready("");
    const picker = (await page.evaluateHandle(() =>
      Object.assign(document.createElement("input"), { type: "file", multiple: true }),
    )) as ElementHandle<HTMLInputElement>;
    await picker.uploadFile(...[file, `${file}.data`].filter(existsSync));
    const pid = await rendererOf(page);
    const before = await megabytes(pid, "VmHWM");
    await writeFile(`/proc/${pid}/clear_refs`, "5");
    const began = performance.now();
    await picker.evaluate(({ files }) => {
      const dataTransfer = new DataTransfer();
      for (const each of files ?? []) dataTransfer.items.add(each);
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    });
    await ready(file.endsWith(".onnx") ? basename(file) : "");
    await page.waitForFunction(() => !/lite0/i.test(document.querySelector("#adapter")?.textContent ?? ""));
    return { before, peak: await megabytes(pid, "VmHWM"), seconds: (performance.now() - began) / 1000 };
  } finally {
    await page.browser().close();
  }
}

for (let round = 0; round < rounds; round++) {
  for (const file of files) {
    const { before, peak, seconds } = await load(file);
    printLine(`${basename(file)}: ${before.toFixed(0)} MB before, at most ${peak.toFixed(0)} MB, ${seconds.toFixed(1)} s`);
  }
}
await server.close();
