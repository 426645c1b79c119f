/** The runner rewrites import() to a call of its own, which it defines in its page alone. */
Object.assign(globalThis, { __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() } });

export {};
