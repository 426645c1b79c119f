/** How the command's downloads reach the network: through the proxy that the environment names, and to the hub with the user's token. */
import { HUB } from "../faces/all.ts";

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** Makes `fetch` follow HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and HF_TOKEN; each is loaded only where the environment has it. */
export async function prepareNetwork(): Promise<void> {
  if (PROXY_VARIABLES.some((name) => process.env[name])) {
    // Node's own fetch takes no proxy before version 24. Dispatcher and fetch must be of one version.
    // Many proxies open tunnels for https only, and take plain requests for http.
    const { EnvHttpProxyAgent, install, setGlobalDispatcher } = await import("undici");
    setGlobalDispatcher(new EnvHttpProxyAgent({ proxyTunnel: false }));
    install();
  }
  const token = process.env.HF_TOKEN?.trim();
  if (token) globalThis.fetch = withToken(globalThis.fetch, token);
}

/**
 * A fetch that shows the token to the hub itself, and to nobody else: not to a mirror (HF_ENDPOINT), and not to where the hub redirects,
 * since fetch drops the header `Authorization` when the origin changes.
 */
function withToken(fetch: typeof globalThis.fetch, token: string): typeof globalThis.fetch {
  return (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin === HUB) request.headers.set("Authorization", `Bearer ${token}`);
    return fetch(request);
  };
}
