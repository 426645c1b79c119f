import { describe, expect, test } from "vitest";
import { graveFaults } from "../../scripts/audit.ts";
import { licenceFaults, readLock } from "../../scripts/licences.ts";

describe("licences", () => {
  test("of all that we depend on are on the list", () => {
    const packages = readLock();
    expect(Object.keys(packages).length).toBeGreaterThan(300);
    expect(licenceFaults(packages)).toEqual([]);
  });

  test.each<[string, string | undefined, string[]]>([
    ["a", "MIT", []],
    ["a", "(MIT OR GPL-3.0-only)", []],
    ["a", "GPL-3.0-only or isc", ["a is under GPL-3.0-only or isc"]],
    ["a", "MIT AND GPL-3.0-only", ["a is under MIT AND GPL-3.0-only"]],
    ["a", "(GPL-2.0 OR MIT) AND (Apache-2.0 OR GPL-3.0-only)", []],
    ["a", "GPL-2.0 OR (MIT AND GPL-3.0-only)", ["a is under GPL-2.0 OR (MIT AND GPL-3.0-only)"]],
    ["a", "SEE LICENSE IN LICENSE.md", ["a is under SEE LICENSE IN LICENSE.md"]],
    ["a", "UNLICENSED", ["a is under UNLICENSED"]],
    ["a", "LGPL-3.0-or-later", ["a is under LGPL-3.0-or-later"]],
    ["@img/sharp-libvips-linux-x64", "LGPL-3.0-or-later", []],
    ["a", undefined, ["a states no licence"]],
  ])("%s under %s", (name, license, faults) => {
    const packages = { "": {}, [`node_modules/other/node_modules/${name}`]: license === undefined ? {} : { license } };
    expect(licenceFaults(packages)).toEqual(faults);
  });
});

describe("an audit", () => {
  const answer = (severity: string) =>
    JSON.stringify({
      metadata: { vulnerabilities: { [severity]: 1 } },
      vulnerabilities: { a: { name: "a", severity, range: "<2", via: [] } },
    });

  test.each<[string, string, string[] | undefined]>([
    ["finds what is high", answer("high"), ["a <2: high"]],
    ["finds what is critical", answer("critical"), ["a <2: critical"]],
    ["passes what is moderate", answer("moderate"), []],
    ["passes nothing found", JSON.stringify({ auditReportVersion: 2, vulnerabilities: {}, metadata: { vulnerabilities: {} } }), []],
    ["says nothing where the registry offers none", JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 }), undefined],
    ["says nothing without a network", JSON.stringify({ message: "request to the registry failed", error: { summary: "" } }), undefined],
    ["says nothing where nothing came", "", undefined],
    ["says nothing of what is no report", "null", undefined],
  ])("%s", (_, text, faults) => {
    expect(graveFaults(text)).toEqual(faults);
  });
});
