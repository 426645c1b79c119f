/** Scripts that let a shell complete the command's names and options, written from the program's own definition. */
import type { Command, Option } from "commander";
import type { Shell } from "./completion-shells.ts";

/** A command with its options, and where it stands: "" for the program, "/profile/explain" for a command of a command. */
interface Place {
  readonly path: string;
  readonly commands: readonly Command[];
  readonly options: readonly Option[];
  /** What its arguments may be, where that is not files. */
  readonly words: readonly string[];
}

function placesOf(command: Command, path = ""): Place[] {
  const { commands, registeredArguments } = command;
  const options = [...command.createHelp().visibleOptions(command)];
  const words = [...commands.map((child) => child.name()), ...registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])];
  return [{ path, commands, options, words }, ...commands.flatMap((child) => placesOf(child, `${path}/${child.name()}`))];
}

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);
const takesValue = ({ required, optional }: Option) => required || optional;

/** The script to be read by the shell. */
export function completionScript(program: Command, shell: Shell): string {
  const name = program.name();
  const places = placesOf(program);
  if (shell === "fish") return fishScript(name, places);
  return shell === "bash" ? bashScript(name, places) : zshScript(name, places);
}

/** Arms of a `case` that bash and zsh share, for the option before the cursor; options whose value may be a file come last. */
function valueArms(places: readonly Place[], offer: (words: readonly string[]) => string, files: string): string[] {
  const valued = places.flatMap(({ path, options }) => options.filter(takesValue).map((option) => ({ path, option })));
  const patternOf = ({ path, option }: (typeof valued)[number]) =>
    flagsOf(option)
      .map((flag) => `"${path} ${flag}"`)
      .join("|");
  const chosen = valued.filter(({ option }) => option.argChoices);
  const free = valued.filter(({ option }) => !option.argChoices && option.required);
  return [
    ...chosen.map((value) => `    ${patternOf(value)}) ${offer(value.option.argChoices ?? [])}; return ;;`),
    ...(free.length > 0 ? [`    ${free.map(patternOf).join("|")}) ${files}; return ;;`] : []),
  ];
}

/** Arms of a `case` on the place: what can be typed there. */
function arms(
  places: readonly Place[],
  wordsOf: (place: Place) => readonly string[],
  offer: (words: readonly string[]) => string,
): string[] {
  return places.flatMap((place) => (wordsOf(place).length > 0 ? [`      "${place.path}") ${offer(wordsOf(place))} ;;`] : []));
}

/** The loop that finds the place, in bash and zsh. */
function findPlace(places: readonly Place[], words: string): string[] {
  const inner = places.map(({ path }) => path).filter(Boolean);
  return [`  for word in ${words}; do`, `    case "$at/$word" in`, `      ${inner.join("|")}) at="$at/$word" ;;`, "    esac", "  done"];
}

const flags = ({ options }: Place) => options.flatMap(flagsOf);

interface Dialect {
  /** The word at the cursor. */
  readonly current: string;
  readonly offer: (words: readonly string[]) => string;
  /** Offers files. */
  readonly files: string;
  /** Arm for places where no word fits. */
  readonly otherwise: readonly string[];
}

/** What bash and zsh write alike: values after an option, else options or words of the place. */
function choose(places: readonly Place[], { current, offer, files, otherwise }: Dialect): string[] {
  return [
    '  case "$at $previous" in',
    ...valueArms(places, offer, files),
    "  esac",
    `  if [[ "${current}" == -* ]]; then`,
    '    case "$at" in',
    ...arms(places, flags, offer),
    "    esac",
    "  else",
    '    case "$at" in',
    ...arms(places, ({ words }) => words, offer),
    ...otherwise,
    "    esac",
    "  fi",
  ];
}

function bashScript(name: string, places: readonly Place[]): string {
  const offer = (words: readonly string[]) => `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current"))`;
  return [
    `_${name}() {`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own.
    '  local at="" word current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own.
    ...findPlace(places, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"'),
    "  COMPREPLY=()",
    ...choose(places, { current: "$current", offer, files: ":", otherwise: [] }),
    "}",
    // Where nothing fits, bash offers files.
    `complete -o default -F _${name} ${name}`,
  ].join("\n");
}

function zshScript(name: string, places: readonly Place[]): string {
  const offer = (words: readonly string[]) => `compadd -- ${words.join(" ")}`;
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    '  local at="" word previous="$words[CURRENT-1]"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: zsh's own.
    ...findPlace(places, '"${(@)words[2,CURRENT-1]}"'),
    ...choose(places, { current: "$words[CURRENT]", offer, files: "_files", otherwise: ["      *) _files ;;"] }),
    "}",
    // Read as a file of $fpath it runs at once; read by `source` it is registered.
    `if [[ "$funcstack[1]" == "_${name}" ]]; then _${name} "$@"; else compdef _${name} ${name}; fi`,
  ].join("\n");
}

function fishScript(name: string, places: readonly Place[]): string {
  const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = places.flatMap(({ path, commands, options, words }) => {
    const start = `complete -c ${name} -n 'test "$(__${name}_place)" = ${quote(path).replaceAll("'", '"')}'`;
    const described = new Map(commands.map((child) => [child.name(), child.description()]));
    return [
      ...words.map((word) => `${start} -f -a ${word}${described.has(word) ? ` -d ${quote(described.get(word) ?? "")}` : ""}`),
      ...options.map((option) => {
        const { short, long, description, argChoices, required } = option;
        const flag = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`].filter(Boolean).join(" ");
        const value = argChoices ? ` -x -a ${quote(argChoices.join(" "))}` : required ? " -r" : "";
        return `${start} ${flag}${value} -d ${quote(description)}`;
      }),
    ];
  });
  const inner = places.map(({ path }) => path).filter(Boolean);
  return [
    `function __${name}_place`,
    "  set -l at ''",
    "  for word in (commandline -opc)[2..-1]",
    '    switch "$at/$word"',
    `      case ${inner.join(" ")}`,
    '        set at "$at/$word"',
    "    end",
    "  end",
    '  echo "$at"',
    "end",
    ...lines,
  ].join("\n");
}
