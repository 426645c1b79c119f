/** What the built pages may load and do, as a policy that the browser holds them to. */
import type { Plugin } from "vite";

/** Where the hub's answers lead: it sends files from other hosts. */
const HUB = "https://huggingface.co";
const HUB_FILES = ["https://*.huggingface.co", "https://*.hf.co"];

/** The policy of a page. `hub`: where it downloads weights; `compiles`: whether it runs WebAssembly. */
export function policyOf({ hub, compiles }: { hub: string | undefined; compiles: boolean }): string {
  const hosts = hub === undefined ? [] : [new URL(hub).origin, ...(hub === HUB ? HUB_FILES : [])];
  const directives = {
    "default-src": ["'self'"],
    "script-src": ["'self'", ...(compiles ? ["'wasm-unsafe-eval'"] : [])],
    "img-src": ["'self'", "blob:", "data:"],
    "worker-src": ["'self'", "blob:"],
    "connect-src": ["'self'", ...hosts],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["default"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(" ")}`)
    .join("; ");
}

/** Writes the policy into every built page, before all that it applies to. The page names its hub in `<meta name="hub">`. */
export function contentPolicy(): Plugin {
  return {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { path }) {
        const hub = /<meta name="hub" content="([^"]+)"/.exec(html)?.[1];
        // The libraries that the benchmark compares with are WebAssembly.
        const content = policyOf({ hub, compiles: path.includes("bench") });
        return [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content }, injectTo: "head-prepend" }];
      },
    },
  };
}
