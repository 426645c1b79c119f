import { createReadStream, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import type { Plugin } from "vite";

/** Folder of files that are not part of the project, used by tests that skip where it is absent. */
export const SHARED = resolve(process.env.RELABEL_SHARED ?? "../shared");

/** Serves that folder at /@shared/ to tests in the browser; 404 where it, or the file, is absent. */
export function serveShared(): Plugin {
  return {
    name: "relabel:shared-files",
    configureServer(server) {
      server.middlewares.use("/@shared/", (request, response) => {
        const name = decodeURIComponent((request.url ?? "/").split("?")[0] as string);
        const path = resolve(SHARED, `.${name}`);
        const facts = path.startsWith(SHARED + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined;
        if (!facts?.isFile()) {
          response.writeHead(404).end(`${name} is not in the shared folder.`);
          return;
        }
        response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": facts.size });
        createReadStream(path).pipe(response);
      });
    },
  };
}
