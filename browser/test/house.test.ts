/** Which house creative a slot gets. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Creative, PlacementConfig, Size } from "../src/config.ts";
import { chooseHouse } from "../src/house.ts";

const placement: PlacementConfig = {
  sizes: { mobile: [[300, 250]], desktop: [[728, 90], [970, 250]] },
  margin: { mobile: "150% 0px", desktop: "150% 0px" },
  fill: ["house"],
};
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
const chosen = (isWide: boolean, room: Size, turn = 0, from = all) =>
  chooseHouse(from, placement, isWide, room, turn);

test("a creative of the window's own sizes that fits unshrunk comes first", () => {
  assert.equal(chosen(false, [328, 250])?.creative.name, "one");
  assert.equal(chosen(true, [1000, 250])?.scale, 1);
});

test("of what fits unshrunk, the largest fills the reserved box best", () => {
  for (const turn of [0, 1, 2]) {
    assert.equal(chosen(true, [1000, 250], turn)?.creative.name, "billboard");
  }
});

test("slot after slot takes the next of those that fit best", () => {
  const names = [0, 1, 2, 3].map((turn) => chosen(false, [328, 250], turn)?.creative.name);
  assert.deepEqual(names, ["one", "two", "one", "two"]);
});

test("a little too wide is shrunk to the column", () => {
  const fit = chosen(true, [680, 250]);
  assert.equal(fit?.creative.name, "leader");
  assert.equal(fit?.scale, 680 / 728);
});

test("far too wide gives way to a size for narrow windows", () => {
  assert.deepEqual(chosen(true, [420, 250]), { creative: all[0], scale: 1 });
});

test("what would shrink below a half is not shown", () => {
  assert.equal(chosen(true, [360, 90], 0, [creative("leader", 728, 90)]), null);
});

test("a size that the placement does not name is never shown", () => {
  assert.equal(chosen(true, [1000, 600], 0, [creative("odd", 320, 50)]), null);
});

test("a slot without room and a site without creatives get nothing", () => {
  assert.equal(chosen(false, [0, 250]), null);
  assert.equal(chosen(false, [328, 250], 3, []), null);
});
