import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getGlobalDispatcher, MockAgent, setGlobalDispatcher } from "undici";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { prepareNetwork } from "../../src/cli/network.ts";
import { runCli } from "../support/command-line.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the proxy of the environment", () => {
  /** Both spellings, whatever this machine has. */
  const inEnvironment = (name: string, value: string) => ({ [name]: value, [name.toLowerCase()]: value });

  test.each([
    ["https", "", ["weights.invalid:443"]],
    ["http", "", ["http://weights.invalid/model.safetensors"]],
    ["https", "weights.invalid", []],
  ])("is asked for %s, unless NO_PROXY (%j) names the host", async (scheme, without, expected) => {
    const asked: string[] = [];
    const proxy = createServer(({ url }, response) => {
      asked.push(String(url));
      response.writeHead(418).end();
    });
    // Says no to tunnels: that it was asked is enough.
    proxy.on("connect", ({ url }: IncomingMessage, socket: Socket) => {
      asked.push(String(url));
      socket.end("HTTP/1.1 418 No\r\n\r\n");
    });
    const address = `http://${await listen(proxy)}`;
    const proxies = { ...inEnvironment("HTTPS_PROXY", address), ...inEnvironment("HTTP_PROXY", address) };
    const url = `${scheme}://weights.invalid/model.safetensors`;
    const env = { ...proxies, ...inEnvironment("NO_PROXY", without) };
    const { code, stderr } = await runCli(["classify", "examples/cat.jpg", "--weights", url], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*weights\.invalid.* (cannot be reached|cannot be downloaded: the server answered 418)/);
    expect(asked).toEqual(expected);
  });
});

describe("HF_TOKEN", () => {
  /** Answers on all hosts, and which token each was shown. */
  async function fetchWithToken(url: string): Promise<Record<string, string | undefined>> {
    const shown: Record<string, string | undefined> = {};
    const note = (host: string, status: number, location?: string) => (request: { headers?: unknown }) => {
      shown[host] = new Headers(request.headers as Record<string, string>).get("authorization") ?? undefined;
      return { statusCode: status, data: "", responseOptions: { headers: location ? { location } : {} } };
    };
    const { fetch, Headers: UndiciHeaders, Request: UndiciRequest } = await import("undici");
    for (const [name, value] of Object.entries({ fetch, Headers: UndiciHeaders, Request: UndiciRequest })) vi.stubGlobal(name, value);
    const agent = new MockAgent();
    agent.disableNetConnect();
    const former = getGlobalDispatcher();
    onTestFinished(() => setGlobalDispatcher(former));
    setGlobalDispatcher(agent);
    for (const origin of [
      "https://huggingface.co",
      "https://huggingface.co.evil.example",
      "http://huggingface.co",
      "https://mirror.example",
    ])
      agent
        .get(origin)
        .intercept({ path: "/file" })
        .reply(note(origin, 302, "https://cdn.example/file"));
    agent.get("https://cdn.example").intercept({ path: "/file" }).reply(note("https://cdn.example", 200));
    vi.stubEnv("HF_TOKEN", "hf_secret");
    for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]) vi.stubEnv(name, undefined);
    await prepareNetwork();
    expect((await globalThis.fetch(url)).status).toBe(200);
    return shown;
  }

  test("is shown to the hub, and not to where it redirects", async () => {
    expect(await fetchWithToken("https://huggingface.co/file")).toEqual({
      "https://huggingface.co": "Bearer hf_secret",
      "https://cdn.example": undefined,
    });
  });

  test.each(["https://mirror.example", "https://huggingface.co.evil.example", "http://huggingface.co"])(
    "is not shown to %s",
    async (origin) => {
      expect(await fetchWithToken(`${origin}/file`)).toEqual({ [origin]: undefined, "https://cdn.example": undefined });
    },
  );
});
