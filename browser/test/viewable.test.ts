/** The Media Rating Council's shares. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { shareNeeded } from "../src/viewable.ts";

test("half of a creative, and 30 % from 242 500 square pixels", () => {
  assert.equal(shareNeeded(300, 250), 0.5);
  assert.equal(shareNeeded(970, 249), 0.5);
  assert.equal(shareNeeded(970, 250), 0.3);
});
