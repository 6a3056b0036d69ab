/** Templates, and the time that an adapter has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { filledIn, within } from "../src/demand.ts";

test("words in braces are filled in and encoded for an address", () => {
  const words = { placement: "in line", lang: "tr" };
  assert.equal(filledIn("/a?p={placement}&l={lang}", words), "/a?p=in%20line&l=tr");
});

test("a word that is not known stays as it is", () => {
  assert.equal(filledIn("{what}/{lang}", { lang: "tr" }), "{what}/tr");
});

test("what is filled in is not read again", () => {
  assert.equal(filledIn("{a}", { a: "{b}", b: "no" }, String), "{b}");
});

test("an answer in time is the answer", async () => {
  assert.equal(await within(Promise.resolve("ad"), 60_000), "ad");
});

test("no answer in time is none", async () => {
  assert.equal(await within(new Promise(() => undefined), 1), null);
});

test("a fault in time is a fault", async () => {
  await assert.rejects(within(Promise.reject(new Error("no")), 60_000), /no/);
});
