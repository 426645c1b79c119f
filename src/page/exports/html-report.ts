/** Makes one HTML file of a map: the picture, what was found and asked, other maps of the photo. It needs no other file. */
import { adapterName } from "../../faces/all.ts";
import { DecodedPhoto } from "../decode.ts";
import { make } from "../elements.ts";
import { duration, shortLabel } from "../format.ts";
import chartStyle from "../judge/chart.css?inline";
import { drawChart, LIGHT, scaleOf } from "../judge/chart.ts";
import { curvesOf, WAYS } from "../judge/curves.ts";
import type { Scores } from "../judge/judged.ts";
import { listFacts, summarise } from "../result.ts";
import type { Look } from "../stage/look.ts";
import { type KeptMap, listScores, nameOf } from "../strip/kept-map.ts";
import style from "./html-report.css?inline";
import { type Exported, pictureOf, settingsOf } from "./save-files.ts";

/** What the report says in addition to the map. */
export interface ReportParts {
  /** Questions about the map and their answers. */
  readonly answers: readonly { readonly title: string; readonly answer: string }[];
  readonly scores: Scores | undefined;
  /** Of all maps. */
  readonly look: Look;
  /** Other finished maps of the same photo. */
  readonly others: readonly KeptMap[];
}

/** The file, in HTML that runs no script and loads nothing. Throws a PageError where a picture cannot be drawn. */
export async function htmlReport(exported: Exported, { answers, scores, look, others }: ReportParts): Promise<string> {
  const { explanation, photo, outputs, adapter } = exported;
  const { target, teacher, seconds } = explanation;
  const title = `${shortLabel(target.label)} in ${photo.name}`;
  const date = new Date().toISOString().slice(0, 10);
  const [image, tiles] = await Promise.all([pictureOf(exported, look), Promise.all(others.map((other) => tileOf(other, look)))]);
  const facts = [...listFacts(explanation, outputs), ["Time", duration(seconds.total)] as const];
  const sections: Node[] = [
    make("h1", {}, title),
    make("p", { className: "muted" }, [`Classifier ${teacher}`, ...(adapter ? [adapterName(adapter)] : []), date].join(" · ")),
    make("figure", {}, await imageOf(image, `The map over ${photo.name}`)),
    make("p", {}, summarise(explanation)),
    make("dl", {}, ...facts.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])),
  ];
  if (answers.length > 0) {
    sections.push(make("h2", {}, "How far to trust this map"));
    for (const { title: asked, answer } of answers) sections.push(make("p", {}, make("strong", {}, `${asked} `), answer));
    const curves = scores ? WAYS.map((way) => curvesOf(scores, way)) : [];
    const charts = curves.map((each) => drawChart(each, scaleOf(curves, outputs), outputs).element);
    sections.push(make("div", { className: "tiles" }, ...charts));
  }
  if (others.length > 0) {
    sections.push(make("h2", {}, "Other maps of this photo"));
    sections.push(make("div", { className: "tiles" }, ...tiles));
  }
  const settings = make("pre", { tabIndex: 0 }, JSON.stringify(settingsOf(exported), undefined, 2));
  sections.push(make("details", {}, make("summary", {}, "Everything that was set and found (JSON)"), settings));
  return wholeOf(title, sections);
}

/** Another map: its picture, whose it is, and what it is worth. */
async function tileOf({ head, body: { explanation, outputs, view } }: KeptMap, look: Look): Promise<HTMLElement> {
  const photo = await DecodedPhoto.open(view, head.photo);
  try {
    const size = await createImageBitmap(view);
    const part = { width: size.width, height: size.height };
    const drawn = await pictureOf(
      {
        explanation: { ...explanation, photo: part, crop: { left: 0, top: 0, ...part } },
        ...{ photo, outputs },
      },
      look,
    );
    size.close();
    const image = await imageOf(drawn, `The map of ${nameOf(head)}`);
    return make(
      "figure",
      {},
      image,
      make(
        "figcaption",
        {},
        `${nameOf(head)}, ${head.teacher}. ${summarise(explanation)} ${[...listScores(head).map((pair) => pair.join(" ")), duration(head.seconds)].join(", ")}.`,
      ),
    );
  } finally {
    photo.close();
  }
}

/** The picture inside the file. */
async function imageOf(picture: Blob, alt: string): Promise<HTMLImageElement> {
  const reader = new FileReader();
  const read = new Promise<string>((resolve, reject) => {
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
  });
  reader.readAsDataURL(picture);
  return make("img", { src: await read, alt });
}

function wholeOf(title: string, sections: readonly Node[]): string {
  const page = document.implementation.createHTMLDocument(title);
  page.documentElement.lang = "en";
  const meta = (properties: Partial<HTMLMetaElement>) => make("meta", properties);
  const charset = make("meta");
  charset.setAttribute("charset", "utf-8");
  page.head.prepend(
    charset,
    meta({ name: "viewport", content: "width=device-width, initial-scale=1" }),
    meta({ httpEquiv: "Content-Security-Policy", content: "default-src 'none'; img-src data:; style-src 'unsafe-inline'" }),
  );
  page.head.append(make("style", {}, `:root { ${LIGHT} } ${style} ${chartStyle} .chart-step { display: none; }`));
  page.body.append(make("main", {}, ...sections));
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
}
