/** Says in plain words what scores and checks mean for the map on show. */
import { type CausalScores, type CheckReport, findProtocol, type InputSpec, type Outputs } from "../../faces/all.ts";
import { count, percent, roughly } from "../format.ts";
import { causalOf } from "./curves.ts";
import { EFFORT, GALLERY, type Judged, type Judging, PROTOCOL, type Question } from "./judged.ts";

/** What is asked, as a heading; why, for somebody who has not heard of it; and what the button says. */
export const QUESTIONS: Readonly<Record<Question, { title: string; why: string; action: string }>> = {
  scores: {
    title: "Does the classifier agree?",
    why: "Pixels are hidden, and shown, in the order of the map. If it marks what counts, hiding its best pixels makes the classifier lose the class soon, and showing them makes it find the class soon.",
    action: "Score it",
  },
  seeds: {
    title: "Is it chance?",
    why: "The map is made again with other random numbers.",
    action: "Try other seeds",
  },
  randomisation: {
    title: "Does it need the classifier?",
    why: "The classifier forgets what it has learned, layer by layer from the top. A map that stays the same only shows the photo.",
    action: "Make weights random",
  },
  sensitivity: {
    title: "Is it stable?",
    why: "The photo gets noise that nobody can see, and is explained again.",
    action: "Add faint noise",
  },
  images: {
    title: "What was the classifier shown?",
    why: "Images like those that the map is learned from: some parts of the photo are hidden, and the classifier names each anew. Near points look alike to it.",
    action: "Draw some",
  },
  pictures: {
    title: "Try it yourself",
    why: "Hide parts of the photo and watch what the classifier makes of the rest.",
    action: "Start",
  },
};

/** One line on a question under way. */
export function describeJudging({ question, done, total, stopping, restarting }: Judging): string {
  if (stopping) return "Stopping…";
  if (restarting) return "The GPU was lost: starting again";
  const { title } = QUESTIONS[question];
  return total > 0 ? `${title} ${done} of ${total}` : `${title} Starting…`;
}

/** "111 images: about 12 s". `explained`: images through the classifier, and seconds, of the map on show. */
export function describeEffort(question: Question, input: InputSpec, explained: { passes: number; seconds: number }): string {
  if (question === "scores") {
    const images = imagesOfScores(input);
    return `${count(images)} images${about((explained.seconds / explained.passes) * images)}`;
  }
  if (question === "pictures") return "an image at each stroke";
  if (question === "images") return `${GALLERY.samples} images${about((explained.seconds / explained.passes) * GALLERY.samples)}`;
  const extra = { seeds: EFFORT.seeds - 1, randomisation: EFFORT.modules, sensitivity: EFFORT.neighbours }[question];
  return `${1 + extra} more maps${about((1 + extra) * explained.seconds)}`;
}

/** Images that both curves of a map and of the random grid take; their ends are the same. */
export function imagesOfScores(input: InputSpec): number {
  const points = findProtocol(PROTOCOL).replaced(input).length;
  return 2 * 2 * (points - 2) + 3;
}

const about = (seconds: number) => `: about ${roughly(seconds)}`;

/** What deletion and insertion of the map say, held against those of the random grid. */
export function judgeScores(own: CausalScores, random: CausalScores, outputs: Outputs): string {
  const [falls, rises] = [own.deletion.area < random.deletion.area, own.insertion.area > random.insertion.area];
  const verdict =
    falls && rises
      ? "It beats a random order both ways: the classifier does look at what the map marks."
      : falls || rises
        ? `It beats a random order in ${falls ? "hiding" : "showing"} alone: do not trust it without a second method.`
        : "A random order does as well or better both ways: this map does not show what the classifier goes by.";
  const of = outputs === "logits" ? "the score" : "the probability";
  const numbers = (way: "deletion" | "insertion") => `${own[way].area.toFixed(2)} (random ${random[way].area.toFixed(2)})`;
  return `${verdict} Mean of ${of} while pixels go: ${numbers("deletion")}, lower is better; while they come: ${numbers("insertion")}, higher is better.`;
}

/** What other seeds say. */
export function judgeSeeds(seeds: CheckReport["seeds"]): string {
  if (!seeds) return "Only one of these maps could be drawn: with other random numbers there is none. Take more samples.";
  const { mean, lowest } = seeds;
  const verdict =
    lowest >= 0.9
      ? "Chance has little say in it."
      : lowest >= 0.7
        ? "Its main parts stay; leave its details alone, or take more samples."
        : "Much of it is chance: take more samples.";
  return `${verdict} Maps by ${EFFORT.seeds} seeds correlate by ${mean.toFixed(2)} on average, by ${lowest.toFixed(2)} at least (1 is the same order of pixels).`;
}

/** What random weights say: by the map after the last step, when most of the classifier is random. */
export function judgeRandomisation(layers: NonNullable<CheckReport["randomisation"]>): string {
  const drawn = layers.filter(({ spearman }) => spearman !== undefined);
  const last = drawn.at(-1);
  if (last?.spearman === undefined) return "With random weights there is no map at all: it needs what the classifier has learned.";
  const likeness = Math.abs(last.spearman);
  const verdict =
    likeness < 0.3
      ? "It needs what the classifier has learned: with random weights it is another map."
      : likeness < 0.7
        ? "Some of it stays when the classifier has forgotten: that part shows the photo, not the reason."
        : "It hardly changes when the classifier has forgotten what it learned: it shows the photo, not the reason.";
  return `${verdict} Correlation with random weights: ${last.spearman.toFixed(2)}.`;
}

/** What faint noise says. */
export function judgeSensitivity({ largest, changes }: NonNullable<CheckReport["sensitivity"]>): string {
  if (largest === undefined) return "With noise that nobody sees there is no map any more: do not trust it.";
  const verdict =
    largest < 0.3
      ? "It is stable."
      : largest < 0.7
        ? "Its main parts are stable, its details are not."
        : "It is not stable: photos that look the same have other maps.";
  return `${verdict} Noise that nobody sees changes it by ${percent(largest)} of its strength at most, in ${count(changes.length)} trials.`;
}

/** The answer to a question in a sentence; undefined where it was not asked, or is seen and not said. */
export function answerOf(question: Question, { scores, checks }: Judged, outputs: Outputs): string | undefined {
  if (question === "scores") {
    if (!scores) return undefined;
    const { map, random } = causalOf(scores);
    return judgeScores(map, random, outputs);
  }
  const { seeds, randomisation, sensitivity } = checks;
  if (question === "images" || question === "pictures") return undefined;
  if (question === "randomisation") return randomisation && judgeRandomisation(randomisation);
  if (question === "sensitivity") return sensitivity && judgeSensitivity(sensitivity);
  // Undefined where it was asked, too: too few maps could be drawn.
  return "seeds" in checks ? judgeSeeds(seeds) : undefined;
}
