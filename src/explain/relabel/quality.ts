/** Says in words what a map is worth, by what its samples tell. */
import { SETTLED_RELIABILITY } from "../explain-options.ts";
import { BLOCK } from "./student.ts";

/** The deviation of p below which maps of tuning photos were poor: their lowest fifth, whose insertion less deletion was .20, of the others .53. */
const LEAST_DEVIATION = 0.1;
/** The share of shifted labels from which hiding anything at all takes the class away. */
const MOST_SHIFTED = 0.9;
/** Reliabilities from which more samples would mend a map, and from which they would hardly change it. */
const [FAIR, GOOD] = [0.5, SETTLED_RELIABILITY];

/** What the samples say of a map. */
export interface Quality {
  sign: "good" | "fair" | "weak";
  /** One clause, in words for whoever looks at the map. */
  reason: string;
}

/** What is known of the samples: see `Explanation`. */
export interface Signs {
  samples: number;
  shiftedShare: number;
  deviation: number;
  reliability: number | undefined;
}

/** The weakest of the signs decides. */
export function judge({ samples, shiftedShare, deviation, reliability }: Signs): Quality {
  if (deviation < LEAST_DEVIATION) {
    const reason =
      shiftedShare > MOST_SHIFTED ? "hiding almost any part takes the class away" : "the classifier hardly reacts to hiding parts";
    return { sign: "weak", reason };
  }
  if (reliability === undefined && samples < BLOCK) return { sign: "weak", reason: "few samples: another run would draw another map" };
  if (reliability === undefined) {
    return { sign: "fair", reason: "the classifier reacts to hiding parts; whether more samples would change the map is not known" };
  }
  if (reliability < FAIR) return { sign: "weak", reason: "too few samples: another run would draw another map" };
  if (reliability < GOOD) return { sign: "fair", reason: "more samples would still change the map" };
  return { sign: "good", reason: "the classifier reacts to hiding parts, and more samples would hardly change the map" };
}
