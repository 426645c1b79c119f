import { expect, test } from "vitest";
import { readAddress } from "../../../src/cli/queue/address.ts";

const KEPT = { RELABEL_QUEUE: "postgres://ann:s3cret@db.example/maps" };

test("an address is that of --queue, or RELABEL_QUEUE's, and is shown without its password", () => {
  const plain = "postgres://ann@db.example/maps";
  expect(readAddress(plain, {})).toEqual({ connectionString: plain, shown: plain });
  expect(readAddress(true, KEPT)).toEqual({ connectionString: KEPT.RELABEL_QUEUE, shown: plain });
  expect(readAddress(undefined, KEPT).connectionString).toBe(KEPT.RELABEL_QUEUE);
  expect(readAddress(plain, KEPT).connectionString, "the same database").toBe(KEPT.RELABEL_QUEUE);
  expect(readAddress("postgres://bob@db.example/maps", KEPT).connectionString, "another user").not.toContain("s3cret");
  expect(readAddress("postgresql://h/d?sslmode=require", {}).shown).toBe("postgresql://h/d?sslmode=require");
});

test.each([
  ["postgres://ann:s3cret@h/d", /--queue holds a password/],
  ["postgres://h/d?user=ann&password=s3cret", /--queue holds a password/],
  ["s3cret@h/d", /--queue is no address/],
  ["mysql://ann:s3cret@h/d", /--queue is no address/],
])("%s is refused without being repeated", (given, message) => {
  const refuse = () => readAddress(given, {});
  expect(refuse).toThrow(message);
  expect(refuse).not.toThrow("s3cret");
});

test("no address at all is an error that says where to give it", () => {
  expect(() => readAddress(undefined, {})).toThrow("No queue is named");
  expect(() => readAddress(true, { RELABEL_QUEUE: "s3cret" })).toThrow(/^RELABEL_QUEUE is no address of a database$/);
});
