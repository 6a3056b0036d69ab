/** Which house creative a slot gets. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Creative, Size } from "../src/config.ts";
import { chooseHouse } from "../src/house.ts";

const mobile: Size[] = [[300, 250]];
const desktop: Size[] = [[728, 90], [970, 250]];
const creative = (name: string, width: number, height: number): Creative => ({
  name,
  src: `/_adweave/c/${name}.html`,
  size: [width, height],
});
const all = [
  creative("one", 300, 250),
  creative("two", 300, 250),
  creative("leader", 728, 90),
  creative("billboard", 970, 250),
];
const chosen = (sizes: Size[], room: Size, turn = 0, from = all) =>
  chooseHouse(from, sizes, [...mobile, ...desktop], room, turn);

test("a creative of a size that fits unshrunk comes first", () => {
  assert.equal(chosen(mobile, [328, 250])?.creative.name, "one");
  assert.equal(chosen(desktop, [1000, 250])?.scale, 1);
});

test("of what fits unshrunk, the largest fills the reserved box best", () => {
  for (const turn of [0, 1, 2]) {
    assert.equal(chosen(desktop, [1000, 250], turn)?.creative.name, "billboard");
  }
});

test("slot after slot takes the next of those that fit best", () => {
  const names = [0, 1, 2, 3].map((turn) => chosen(mobile, [328, 250], turn)?.creative.name);
  assert.deepEqual(names, ["one", "two", "one", "two"]);
});

test("where none fits unshrunk, what has to shrink least is shrunk", () => {
  const fit = chosen([], [680, 90]);
  assert.equal(fit?.creative.name, "leader");
  assert.equal(fit?.scale, 680 / 728);
  assert.equal(chosen([], [290, 250])?.creative.name, "one");
});

test("what would shrink below a half is not shown", () => {
  assert.equal(chosen([], [360, 90], 0, [creative("leader", 728, 90)]), null);
});

test("a size that the placement does not name is never shown", () => {
  assert.equal(chosen([], [1000, 600], 0, [creative("odd", 320, 50)]), null);
  assert.equal(chosen(desktop, [1000, 600], 0, [creative("odd", 320, 50)]), null);
});

test("a slot without room and a site without creatives get nothing", () => {
  assert.equal(chosen([], [0, 250]), null);
  assert.equal(chosen(mobile, [328, 250], 3, []), null);
});
