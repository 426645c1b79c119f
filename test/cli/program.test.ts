import { afterEach, expect, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { reportError } from "../../src/cli/report-error.ts";

const CAT = "examples/cat.jpg";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What the command line writes to stderr when it refuses these arguments; an attempt to start a browser would fail in other words. */
async function refusal(args: readonly string[]): Promise<string> {
  vi.stubEnv("CHROME_PATH", "/nonexistent/chrome");
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const program = buildProgram(new AbortController().signal);
  const error = await program.parseAsync(["node", "relabel", ...args]).then(
    () => undefined,
    (reason: Error) => reason,
  );
  if (error && error.name !== "CommanderError") reportError(error);
  return written.join("");
}

test.each<[string, string[], RegExp]>([
  ["no image", ["explain"], /missing required argument 'image'\. .*--help/],
  ["an unknown command", ["explian", CAT], /unknown command 'explian'.*explain/],
  ["an unknown flag", ["classify", CAT, "--zzz"], /unknown option '--zzz'\. .*--help/],
  ["samples that are no number", ["explain", CAT, "--samples", "many"], /argument 'many' .*whole number/],
  ["a fraction of a sample", ["explain", CAT, "--samples", "10.5"], /argument '10\.5' .*whole number/],
  ["a seed above 32 bits", ["explain", CAT, "--seed", "4294967296"], /'--seed <n>' .*from 0 to 4294967295/],
  ["a class index too large", ["explain", CAT, "--target", "1000"], /no class "1000".*0 to 999/],
  [
    "an unknown classifier",
    ["explain", CAT, "--model", "resnet"],
    /--model resnet: there is no classifier of that name.*efficientnet-lite0/,
  ],
  ["an unknown teacher", ["explain", CAT, "--teacher", "resnet"], /--teacher resnet: there is no classifier.*efficientnet-lite0/],
  ["two classifiers", ["explain", CAT, "--model", "vgg16", "--teacher", "vgg19"], /--model and --teacher are two names/],
  ["two files", ["explain", CAT, "--model", CAT, "--weights", CAT], /--model and --weights both name a file/],
  ["labels that are not there", ["explain", CAT, "--labels", "none.txt"], /--labels none.txt cannot be read \(no such file\)/],
  ["labels of a photo", ["explain", CAT, "--labels", CAT], /--labels .*cannot be read \(not UTF-8 text\)/],
  ["labels of a text", ["explain", CAT, "--labels", "LICENSE"], /LICENSE is not a usable list of labels: class \d+ has no name/],
  ["a size of nothing", ["explain", CAT, "--size", "0x4"], /HEIGHTxWIDTH/],
  ["a share above 1", ["explain", CAT, "--resize", "crop:2"], /crop:SHARE/],
  ["a mean of bytes", ["explain", CAT, "--mean", "127.5"], /divide them by 255/],
  ["a deviation of 0", ["explain", CAT, "--deviation", "0.5,0,0.5"], /above 0/],
  ["grey of a net of three channels", ["explain", CAT, "--channels", "grey"], /takes 3 channels, not grey/],
  ["an unknown synthesis", ["explain", CAT, "--synthesis", "magic"], /'magic' .*paper, residual, gated/],
  ["an unknown fill", ["explain", CAT, "--fill", "grey,pink"], /'grey,pink' .*grey, blur, vae/],
  ["an unknown student", ["explain", CAT, "--student", "svm"], /'svm' .*sgd, ridge, smooth, correlation/],
  ["a negative noise scale", ["explain", CAT, "--noise-scale=-1"], /'-1' .*above 0/],
  ["an unknown colormap", ["explain", CAT, "--colormap", "jet"], /'jet' .*inferno, magma, viridis, cividis, turbo, rdbu, puor/],
  ["a colormap without a middle for signed maps", ["explain", CAT, "--signed", "--colormap", "magma"], /no colour for zero\. .*rdbu, puor/],
  ["a figure too small to see", ["explain", CAT, "--overlay-size", "8"], /'--overlay-size <n>' .*from 16 to 16384/],
  ["an unknown runtime", ["classify", CAT, "--runtime", "deno"], /'deno' .*chrome, node/],
  ["more neighbours than images", ["tsne", CAT, "--samples", "30"], /perplexity is 30, of 30 images\..*draw more/],
  ["an unknown description", ["tsne", CAT, "--of", "words"], /'words' .*features, pixels, latents/],
  ["no batch", ["explain", CAT, "--batch", "0"], /'--batch <n>' .*from 1 to 256/],
  ["a file as output folder", ["explain", CAT, "--out", "package.json"], /--out package\.json: .*Name another folder/],
  ["two images of one name", ["explain", CAT, "elsewhere/cat.jpg"], /both write out\/cat\.overlay\.png.*--out/],
  ["a folder without photos", ["classify", "src/graph"], /no photos in src\/graph.*\(skipped 2 \.ts\).*\.jpg, \.jpeg/],
  ["a profile of no command", ["profile", CAT], /unknown command 'examples.cat\.jpg'/],
  [
    "a profile of options that do not go together",
    ["profile", "explain", CAT, "--synthesis", "paper", "--student", "smooth"],
    /smooth student/,
  ],
])("%s is refused in one line that says what to do", async (_, args, message) => {
  const line = await refusal(args);
  expect(line).toMatch(/^error: [^\n]+\n$/);
  expect(line).toMatch(message);
});
