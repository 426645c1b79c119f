import { basename } from "node:path";
import { Application, Converter, KindRouter, ReflectionKind } from "typedoc";

/** What a class's docs must say, beyond what it is. */
const MEMBERS = ReflectionKind.Method | ReflectionKind.Accessor;

/** For typedoc: pages get the title in their first line, and the address of their file; exports without a docstring are named. */
export function load(app) {
  const addresses = new WeakMap();

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => {
    // `docs/embedding.md` becomes `pages/embedding.html`, `weights/README.md` becomes `pages/weights.html`.
    addresses.set(page, `pages/${basename(page.name.replace(/\/README$/, ""))}`);
    const [first] = page.content;
    const heading = /^# (.+)\n/.exec(first?.kind === "text" ? first.text : "");
    if (!heading) throw new Error(`${page.name}.md does not begin with a title.`);
    page.name = heading[1];
    first.text = first.text.slice(heading[0].length);
  });

  // A getter that is inherited from a class that is not shown counts as an export of its own to the plugin, which has no page.
  const dropGetters = ({ project }) => {
    for (const getter of project.getReflectionsByKind(ReflectionKind.Accessor))
      if (getter.parent?.kindOf(ReflectionKind.Module)) project.removeReflection(getter);
  };
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, dropGetters, -1e9);

  class PageRouter extends KindRouter {
    getIdealBaseName(reflection) {
      return addresses.get(reflection) ?? super.getIdealBaseName(reflection);
    }
  }
  app.renderer.defineRouter("pages", PageRouter);

  app.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    // What only others name (see typedoc.json) is shown for its type, and need not say more.
    const exported = project.children.flatMap(({ children = [] }) => children).filter((found) => !found.kindOf(ReflectionKind.Module));
    const members = exported
      .flatMap(({ children = [] }) => children)
      .filter((found) => found.kindOf(MEMBERS) && !/dispose/.test(found.name));
    for (const found of [...exported, ...members])
      if (!isDocumented(found)) app.logger.validationWarning(`${found.getFriendlyFullName()} has no docstring`);
  });
}

function isDocumented(found) {
  if (found.kindOf(ReflectionKind.Reference)) return true;
  return [found, found.getSignature, found.type?.declaration, ...(found.signatures ?? [])].some((one) => one?.hasComment());
}
