import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { createServer } from "vite";
import { openPage } from "../../src/cli/browser.ts";
import { installedFolder, removeFolder } from "./package-folder.ts";
import { type SlowServer, serveSlowly } from "./slow-server.ts";

/** The folder of somebody who has installed the library, served without a bundler, and a page open in Chrome on its software adapter. */
export class PackageSite {
  readonly #servers: { close(): unknown }[] = [];

  private constructor(
    readonly folder: string,
    readonly plain: SlowServer,
    readonly page: Page,
  ) {
    this.#servers.push(plain);
  }

  /** `whole`: see installedFolder. `patience`: milliseconds that a page may take. */
  static async open(whole: boolean, patience: number): Promise<PackageSite> {
    const folder = await installedFolder(whole);
    const plain = await serveSlowly(folder);
    await writeFile(join(folder, "blank.html"), "<!doctype html>");
    const page = await openPage(`${plain.origin}/blank.html`, { software: true });
    page.setDefaultTimeout(patience);
    return new PackageSite(folder, plain, page);
  }

  /** Serves a folder; returns its address. */
  async serve(path: string): Promise<string> {
    const server = await serveSlowly(path);
    this.#servers.push(server);
    return server.origin;
  }

  /** Serves the folder by Vite, as while it is developed; returns its address. */
  async develop(): Promise<string> {
    const server = await createServer({
      root: this.folder,
      configFile: false,
      logLevel: "error",
      server: { host: "127.0.0.1", port: 0, watch: null },
    });
    this.#servers.push(server);
    await server.listen();
    return server.resolvedUrls?.local[0] as string;
  }

  /** Opens a page, and returns its title once that says how it ended. */
  async visit(address: string): Promise<string> {
    await this.page.goto(address);
    await this.page.waitForFunction(() => document.title !== "under way");
    return this.page.title();
  }

  async close(): Promise<void> {
    await this.page.browser().close();
    for (const server of this.#servers) await server.close();
    await removeFolder(this.folder);
  }
}
