/** How far a slot is from the window. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { distance } from "../src/near.ts";

test("below the window counts from its lower edge", () => {
  assert.equal(distance(1000, 1274, 780), 220);
});

test("above the window counts from its upper edge", () => {
  assert.equal(distance(-500, -226, 780), 226);
});

test("what is seen in part is not away", () => {
  assert.equal(distance(-100, 174, 780), 0);
  assert.equal(distance(700, 974, 780), 0);
});
