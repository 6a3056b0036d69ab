/** The browser's assignment against the cases that GrowthBook publishes for its SDKs. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { chooseVariant, fnv1a, hashUnit, type Range, variantOf } from "../src/assign.ts";

interface Vectors {
  hash: [seed: string, value: string, version: number, expected: number | null][];
  inNamespace: [name: string, unit: string, namespace: [string, number, number], expected: boolean][];
  chooseVariation: [name: string, place: number, ranges: Range[], expected: number][];
}

// Beside the repository; tests run in its folder `browser`.
const path = "../../shared/vectors/growthbook.json";
const skip = existsSync(path) ? false : `${path} is not here`;
const vectors = (): Vectors => JSON.parse(readFileSync(path, "utf8")) as Vectors;

test("hashes as published", { skip }, () => {
  for (const [seed, value, version, expected] of vectors().hash) {
    assert.equal(hashUnit(seed, value, version), expected, `${seed} ${value} v${version}`);
  }
});

test("chooses variants as published", { skip }, () => {
  for (const [name, place, ranges, expected] of vectors().chooseVariation) {
    assert.equal(chooseVariant(place, ranges), expected, name);
  }
});

test("keeps to namespaces as published", { skip }, () => {
  for (const [name, unit, [namespace, from, to], expected] of vectors().inNamespace) {
    const gates = [["__" + namespace, 1, from, to]] as const;
    const variant = variantOf({ seed: "any", hv: 2, ranges: [[0, 1]], gates }, unit, 0);
    assert.equal(variant, expected ? 0 : -1, name);
  }
});

test("a ramp's latest step holds, and before its first what the ranges say", () => {
  const whole = [[0, 1]] as const;
  const exp = { seed: "any", hv: 2, ranges: [[0, 0]] as const, ramp: [[100, [[0, 0]]], [200, whole]] as const };
  assert.deepEqual([0, 100, 199, 200, 999].map((now) => variantOf(exp, "unit", now)), [-1, -1, -1, 0, 0]);
});

test("all gates must be passed", () => {
  const open = ["a", 2, 0, 1] as const;
  const shut = ["b", 2, 0, 0] as const;
  const variant = (...gates: (typeof open | typeof shut)[]): number =>
    variantOf({ seed: "any", hv: 2, ranges: [[0, 1]], gates }, "unit", 0);
  assert.deepEqual([variant(), variant(open), variant(open, shut), variant(shut, open)], [0, 0, -1, -1]);
});

test("agrees with the function's own published values", () => {
  // RFC 9923, FNV-1a 32 bits: the empty string, "a" and "foobar"
  assert.equal(fnv1a(""), 0x811c9dc5);
  assert.equal(fnv1a("a"), 0xe40c292c);
  assert.equal(fnv1a("foobar"), 0xbf9cf968);
});

test("a unit with no hash is in no variant", () => {
  assert.equal(chooseVariant(hashUnit("seed", "unit", 99), [[0, 1]]), -1);
});

test("a range holds its start and not its end", () => {
  const ranges: Range[] = [[0, 0.5], [0.5, 1]];
  assert.deepEqual([0, 0.4999, 0.5, 0.9999].map((n) => chooseVariant(n, ranges)), [0, 0, 1, 1]);
});
