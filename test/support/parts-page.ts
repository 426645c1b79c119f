/** A page of somebody who has installed the library, with an element, a session in a worker and one of its own: their maps must be equal. */

/** Asked for with "?whole", the default classifier runs in a worker, too. `worker`: an option for bundlers that do not find the worker's script. */
export const partsPage = (worker = "") => `import { Session } from "relabel";
import { RelabelMapElement } from "relabel/element";
import { GraphBuilder } from "relabel/nets";
import { Session as SessionInWorker } from "relabel/worker";

const g = new GraphBuilder();
const stem = g.activation(g.conv(g.input([32, 32, 3]), "stem", { outputs: 8, kernel: 3, stride: 2, padding: 1, bias: true }), "relu", "stem.relu");
g.linear(g.globalPool(stem), "head", 3);
let seed = 1;
const values = (shape) => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, values: Float32Array.from({ length: count }, () => ((seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5)) };
};
const weights = { "stem.weight": values([8, 3, 3, 3]), "stem.bias": values([8]), "head.weight": values([3, 8]), "head.bias": values([3]) };
const model = { name: "own", net: g.nodes, weights };
const options = { parameters: { masks: 8 }, seed: 3 };

async function compare() {
  RelabelMapElement.createSession = (request) => SessionInWorker.create({ ...request, model, ${worker} });
  const element = document.querySelector("relabel-map");
  const shown = new Promise((resolve, reject) => {
    element.addEventListener("relabel-result", ({ detail }) => resolve(detail));
    element.addEventListener("relabel-error", ({ detail }) => reject(detail));
  });
  element.options = options;
  element.setAttribute("method", "rise");
  const image = document.querySelector("img");
  const session = await Session.create({ model });
  const there = await SessionInWorker.create({ model, ${worker} });
  const maps = [(await session.explain(image, { ...options, method: "rise" })).map, (await there.explain(image, { ...options, method: "rise" })).map, (await shown).map];
  there.dispose();
  if (location.search !== "?whole") return maps;
  const classifier = await SessionInWorker.create({ ${worker} });
  const { top5 } = await classifier.classify(image);
  classifier.dispose();
  return [...maps, top5[0].label];
}

compare().then(
  ([own, ...others]) => (document.title = "done " + others.map((map) => (typeof map === "string" ? map : own.length > 0 && own.every((value, i) => value === map[i]))).join(" ")),
  (error) => (document.title = error.message + " " + error.fix + " " + error.stack),
);
`;

export const partsHtml = (photo: string, script: string, head = "") => `<!doctype html>
<title>under way</title>${head}
<img src="/${photo}" alt="A cup of coffee"><relabel-map src="/${photo}"></relabel-map>
<script type="module" src="${script}"></script>
`;
