/** The worker's script as tests serve it: what the runner makes of import() is there, too. */
import "./dynamic-imports.ts";
import "../../src/worker/worker-thread.ts";
