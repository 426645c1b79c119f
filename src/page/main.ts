/** Entry point of the page: makes the state, what acts on it, and every view. */
import { mountAddress } from "./address.ts";
import { mountAnnouncer } from "./announcer.ts";
import { mountClassifier } from "./classifier-choice.ts";
import { Controller } from "./controller.ts";
import { mountExplainer } from "./explainer.ts";
import { mountFindClass } from "./find-class.ts";
import { mountHeader } from "./header.ts";
import { mountInputForm } from "./input-form.ts";
import { mountIntake } from "./intake.ts";
import { mountStored } from "./kept-weights.ts";
import { mountOffline } from "./offline.ts";
import { mountPicture } from "./picture.ts";
import { mountPreprocessing } from "./preprocessing-choice.ts";
import { PageError } from "./problem.ts";
import { mountResult } from "./result.ts";
import { mountInspect } from "./stage/inspect.ts";
import { mountLook } from "./stage/look-form.ts";
import { mountSquare } from "./stage/square.ts";
import { mountZoom } from "./stage/zoom.ts";
import { Store } from "./state.ts";
import { KeptMaps } from "./strip/kept-maps.ts";
import { Teachers } from "./teachers.ts";
import { trustOwnScripts } from "./trusted-types.ts";
import { mountTuner } from "./tuner.ts";
import { Tuning } from "./tuning.ts";
import { mountVerdict } from "./verdict.ts";

trustOwnScripts();
const store = new Store();
const controller = new Controller(store);
const teachers = new Teachers(store, controller);
const kept = new KeptMaps();
store.add(
  mountHeader(controller),
  mountClassifier(teachers),
  mountPreprocessing(teachers),
  mountInputForm(teachers),
  mountStored(teachers),
  mountTuner(new Tuning(store, controller)),
  mountPicture(controller),
  mountSquare(controller),
  mountZoom(store),
  mountInspect(),
  mountLook(store),
  mountVerdict(controller),
  mountFindClass(controller),
  mountExplainer(controller, kept),
  mountResult(controller),
  mountAnnouncer(),
  mountOffline(),
  mountAddress(store, controller, teachers),
);
mountIntake(controller, teachers);
/** Tells whoever goes on without a part of the page. */
const lack = (cause: unknown) =>
  controller.report(new PageError("A part of this page could not be loaded.", "Check the connection and reload the page.", { cause }));
// Neither is needed to open a photo and to explain it.
import("./finished.ts").then(({ finishedViews }) => store.add(...finishedViews(store, controller, kept)), lack);
import("./stage/detail.ts").then(({ mountDetail }) => store.add(mountDetail(controller)), lack);
