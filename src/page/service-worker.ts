/** Keeps the files of the built page in the browser, so that it works without a connection. It never sees photos: they are not requested. */

/** What the build says of its files, by their addresses in its folder, which is "" for the page itself; see scripts/page/offline.ts. */
declare const BUILD: {
  /** Differs from build to build. */
  readonly version: string;
  /** Kept at once. */
  readonly files: readonly string[];
  /** Kept once they are asked for. */
  readonly large: readonly string[];
};

/** Of the events that a service worker hears, which the types of pages lack. */
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = globalThis as unknown as {
  readonly registration: { readonly scope: string };
  addEventListener(name: "install" | "activate", hear: (event: Lasting) => void): void;
  addEventListener(name: "fetch", hear: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
};

const PREFIX = `relabel-page ${new URL(scope.registration.scope).pathname} `;
const CACHE = PREFIX + BUILD.version;
const KEPT = new Set([...BUILD.files, ...BUILD.large]);
/** Servers may answer in many ways by headers of the request; these files have one content each. */
const LOOK = { ignoreVary: true, ignoreSearch: true } as const;

/** Whether the file's name changes with its content. */
const isHashed = (file: string) => file.startsWith("assets/");
const addressOf = (file: string) => new URL(file, scope.registration.scope).href;

scope.addEventListener("install", (event) => event.waitUntil(install().then(() => scope.skipWaiting())));

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const keep = async (file: string) => {
    const address = addressOf(file);
    const known = isHashed(file) ? await caches.match(address, LOOK) : undefined;
    if (known) await cache.put(address, known);
    else if (BUILD.files.includes(file)) await cache.add(new Request(address, { cache: isHashed(file) ? "default" : "no-cache" }));
  };
  await Promise.all([...KEPT].map(keep));
}

scope.addEventListener("activate", (event) => event.waitUntil(forget().then(() => scope.clients.claim())));

/** Drops the files of all builds but this one and the one before it, which may still be open. */
async function forget(): Promise<void> {
  const own = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(own.slice(0, -1).map((name) => caches.delete(name)));
}

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const file = fileOf(request);
  if (file === undefined) return;
  event.respondWith(request.mode === "navigate" ? openPage(request, file) : takeFile(request, file));
});

/** The file of this build that a request is for. */
function fileOf({ method, url }: Request): string | undefined {
  const address = url.replace(/[?#].*$/, "");
  if (method !== "GET" || !address.startsWith(scope.registration.scope)) return undefined;
  const path = address.slice(scope.registration.scope.length).replace(/(^|\/)index\.html$/, "$1");
  return KEPT.has(path) || isHashed(path) ? path : undefined;
}

/** A page as the server has it, so that a new build is seen at once; the one that is kept where there is no connection. */
async function openPage(request: Request, file: string): Promise<Response> {
  const answer = await fetch(request).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  const cache = await caches.open(CACHE);
  return (await cache.match(addressOf(file), LOOK)) ?? answer ?? Response.error();
}

/** A file as it is kept, of this build or the one before; else as the server has it, and kept if it is large. */
async function takeFile(request: Request, file: string): Promise<Response> {
  const known = isHashed(file) ? await caches.match(addressOf(file), LOOK) : undefined;
  if (known) return known;
  const answer = await fetch(request).catch(() => undefined);
  if (answer?.ok && BUILD.large.includes(file)) await (await caches.open(CACHE)).put(addressOf(file), answer.clone()).catch(() => {});
  return answer ?? (await caches.match(addressOf(file), LOOK)) ?? Response.error();
}
