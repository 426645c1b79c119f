/** The page's policy asks for trusted types: here is what may be run. */

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

/** Has the browser run scripts of the page's own server only, also where libraries name them. To be called before anything starts a worker. */
export function trustOwnScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  trustedTypes?.createPolicy("default", {
    createScriptURL(address) {
      if (new URL(address, document.baseURI).origin === location.origin) return address;
      throw new TypeError(`A script of another server is not run: ${address}`);
    },
  });
}
