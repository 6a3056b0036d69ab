/** Places are named as the server names them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint } from "../src/places.ts";

// The same values stand in `tests/unit/page/test_landmarks.py`.
test("a fingerprint is what the server made of the text", () => {
  for (const [text, expected] of [
    ["", 2166136261],
    ["The ferry leaves\n the\xa0old harbour", 3343008507],
    ["港口的渡轮七点离开", 3007694077],
    ["x".repeat(100), 3516603077],
    ["\u{1f600}".repeat(40), 1084872261],
  ] as const) {
    assert.equal(fingerprint(text), expected, text);
  }
});
