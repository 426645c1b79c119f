/** What each method does and when it suits, in plain words: for the page's cards and the command line's help. */

/** What whoever chooses a method wants to know. */
export interface Guide {
  /** One sentence. */
  readonly what: string;
  /** One sentence. */
  readonly when: string;
  /** What it takes of the classifier, after "Needs". */
  readonly needs: string;
}

const ANSWERS = "the classifier's answers alone";
const GRADIENTS = "gradients from within the classifier";

/** By the methods' names, one for each of METHODS. */
export const GUIDES: Readonly<Record<string, Guide>> = {
  relabel: {
    what: "Hides parts of the photo in many ways, has the classifier look at each version, and learns from its answers which parts count.",
    when: "A good first choice: it also says how far its map can be trusted.",
    needs: ANSWERS,
  },
  occlusion: {
    what: "Slides a small grey square over the photo, and marks where the class loses most.",
    when: "The easiest to explain to others; it hides one place at a time, so it can miss a thing that is there twice.",
    needs: ANSWERS,
  },
  rise: {
    what: "Hides the photo behind thousands of random masks, and adds up those behind which the class stays likely.",
    when: "Good to check another map by, where there is time for many passes.",
    needs: ANSWERS,
  },
  "score-cam": {
    what: "Takes what a layer of the classifier reacts to as masks: the likelier the class is behind one, the more it counts.",
    when: "For a map without chance in it; it is as coarse as its layer.",
    needs: "the classifier's answers, and the values of one layer",
  },
  lime: {
    what: "Divides the photo into patches of like colour, hides some at random, and learns how much each adds to the class.",
    when: "When you ask which patches count; their edges follow those in the photo.",
    needs: ANSWERS,
  },
  "grad-cam": {
    what: "Looks once, goes back to a late layer, and marks where that layer speaks for the class.",
    when: "The quickest first look, and widely known; it is as coarse as its layer.",
    needs: GRADIENTS,
  },
  linear: {
    what: "Looks once, goes back to a layer, and marks how much each place adds to the class or takes from it.",
    when: "As quick as Grad-CAM, and shows what speaks against the class, too.",
    needs: GRADIENTS,
  },
  excitation: {
    what: "Looks once, and hands the class's score back from layer to layer, to what made each one larger.",
    when: "Quick; its contrast takes away what speaks for other classes as well.",
    needs: "a way back through layers that give no numbers below 0",
  },
  extremal: {
    what: "Searches for the part of the photo, of a size that you set, that is enough for the class when all else is blurred.",
    when: "When you ask which part is enough; it takes its time, as each step goes there and back.",
    needs: GRADIENTS,
  },
  fgvis: {
    what: "Deletes colours of single pixels, as few as it can, until the classifier names another class.",
    when: "For fine detail, such as edges and texture, and not for whole objects.",
    needs: "gradients from within a classifier whose layers give no numbers below 0",
  },
};
