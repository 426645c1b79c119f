import { mountAnnouncer } from "./announcer.ts";
import { Controller } from "./controller.ts";
import { mountExplainer } from "./explainer.ts";
import { mountHeader } from "./header.ts";
import { mountIntake } from "./intake.ts";
import { mountPicture } from "./picture.ts";
import { mountResult } from "./result.ts";
import { Store } from "./state.ts";
import { mountVerdict } from "./verdict.ts";

const store = new Store();
const controller = new Controller(store);
store.add(
  mountHeader(controller),
  mountPicture(),
  mountVerdict(controller),
  mountExplainer(controller),
  mountResult(controller),
  mountAnnouncer(),
);
mountIntake(controller);
