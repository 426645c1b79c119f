/** Reads what a WGSL text declares outside of its functions: as much as a kernel's definition says of it. */

/** `var` outside of functions. `group` and `binding` are undefined where it is no resource, or where their number cannot be told. */
export interface Variable {
  readonly name: string;
  readonly group: number | undefined;
  readonly binding: number | undefined;
  /** The address space, such as "storage"; empty for textures and samplers. */
  readonly space: string;
  /** The access mode; "read" where none is given. */
  readonly access: string;
  readonly type: string;
}

export interface Member {
  readonly name: string;
  readonly type: string;
  /** Each as it stands, without spaces: "align(16)". */
  readonly attributes: readonly string[];
}

export interface Constant {
  readonly kind: "const" | "override";
  /** Empty where it has none. */
  readonly type: string;
  readonly value: string;
}

export class Declarations {
  readonly variables: Variable[] = [];
  readonly structs = new Map<string, Member[]>();
  readonly constants = new Map<string, Constant>();
  readonly aliases = new Map<string, string>();
  /** Compute entry points, with the sizes of their workgroups as they stand. */
  readonly entries = new Map<string, string[]>();
  readonly #tokens: string[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = withoutComments(source).match(/[\p{L}_][\p{L}\p{N}_]*|\.?\d[\w.]*(?:(?<=[eEpP])[+-]\d+[fh]?)?|[^\s]/gu) ?? [];
    while (this.#at < this.#tokens.length) this.#declaration();
  }

  /** The type behind aliases. */
  resolve(type: string): string {
    const seen = new Set<string>();
    for (let name = type; ; name = this.aliases.get(name) as string) {
      if (seen.has(name) || !this.aliases.has(name)) return name;
      seen.add(name);
    }
  }

  /** The value of a number, of a constant by its name, or of a product of such; undefined for what else WGSL can compute. */
  numberOf(text: string, depth = 0): number | undefined {
    const factors = text.split("*").map((factor) => {
      const constant = this.constants.get(factor);
      if (constant && depth < 8) return this.numberOf(constant.value, depth + 1);
      return literal(factor);
    });
    return factors.reduce((product, factor) => (product === undefined || factor === undefined ? undefined : product * factor), 1);
  }

  #declaration(): void {
    const attributes = this.#attributes();
    const keyword = this.#next();
    if (keyword === "struct") this.#struct();
    else if (keyword === "var") this.#variable(attributes);
    else if (keyword === "const" || keyword === "override") {
      const name = this.#next();
      const type = this.#take(":") ? this.#until("=", ";") : "";
      this.constants.set(name, { kind: keyword, type, value: this.#take("=") ? this.#until(";") : "" });
    } else if (keyword === "alias") {
      const name = this.#next();
      if (this.#take("=")) this.aliases.set(name, this.#until(";"));
    } else if (keyword === "fn") {
      const name = this.#next();
      if (attributes.includes("compute")) this.entries.set(name, argumentsOf(attributes, "workgroup_size"));
      this.#until("{");
      this.#take("{");
      this.#until("}");
      this.#take("}");
    }
  }

  #struct(): void {
    const members: Member[] = [];
    this.structs.set(this.#next(), members);
    this.#take("{");
    while (this.#at < this.#tokens.length && !this.#take("}")) {
      const attributes = this.#attributes();
      const name = this.#next();
      this.#take(":");
      members.push({ name, type: this.#until(",", "}"), attributes });
      this.#take(",");
    }
  }

  #variable(attributes: readonly string[]): void {
    const [space = "", access = "read"] = this.#take("<") ? this.#until(">").split(",").filter(Boolean) : [];
    this.#take(">");
    const name = this.#next();
    const type = this.#take(":") ? this.#until("=", ";") : "";
    const numberIn = (attribute: string) => {
      const [text] = argumentsOf(attributes, attribute);
      return text === undefined ? undefined : this.numberOf(text);
    };
    this.variables.push({ name, type, space, access, group: numberIn("group"), binding: numberIn("binding") });
  }

  #attributes(): string[] {
    const attributes: string[] = [];
    while (this.#take("@")) {
      const name = this.#next();
      attributes.push(this.#take("(") ? `${name}(${this.#until(")")})` : name);
      if (attributes.at(-1) !== name) this.#take(")");
    }
    return attributes;
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? "";
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  /** What stands before the first of these tokens that is in no bracket, without spaces. That token is next. */
  #until(...ends: readonly string[]): string {
    const start = this.#at;
    const open: string[] = [];
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at] as string;
      if (open.length === 0 && ends.includes(token)) break;
      // In types < and > are brackets; in values and bodies, and in brackets of another kind, they compare and shift.
      const compares = [";", "{", "}"].includes(ends[0] as string) || "([{".includes(open.at(-1) ?? "<");
      if (compares && "<>".includes(token)) continue;
      if ("([{<".includes(token)) open.push(token);
      else if (")]}>".includes(token)) open.pop();
    }
    return this.#tokens.slice(start, this.#at).join("");
  }
}

/** What the attribute has in its brackets, split at commas. */
function argumentsOf(attributes: readonly string[], name: string): string[] {
  const found = attributes.find((attribute) => attribute.startsWith(`${name}(`));
  return (
    found
      ?.slice(name.length + 1, -1)
      .split(",")
      .filter(Boolean) ?? []
  );
}

/** A number without its suffix. */
function literal(text: string): number | undefined {
  const digits = /^-?0[xX]/.test(text) ? text.replace(/[ui]$/, "") : text.replace(/[uifh]$/, "");
  const value = digits.startsWith("-") ? -Number(digits.slice(1)) : Number(digits);
  return digits === "" || Number.isNaN(value) ? undefined : value;
}

/** Comments of either kind become a space; those in blocks may hold others. */
function withoutComments(source: string): string {
  let kept = "";
  let depth = 0;
  for (let at = 0; at < source.length; ) {
    const two = source.slice(at, at + 2);
    if (two === "/*" || (depth > 0 && two === "*/")) {
      depth += two === "/*" ? 1 : -1;
      kept += " ";
      at += 2;
    } else if (depth === 0 && two === "//") at += source.slice(at).search(/[\n\v\f\r\u0085\u2028\u2029]|$/);
    else {
      if (depth === 0) kept += source[at];
      at++;
    }
  }
  return kept;
}
