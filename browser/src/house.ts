/**
 * House creatives: which one fits a slot, and the frame it runs in.
 *
 * The choice is pure and deterministic: of the creatives that fit best, slot after slot
 * takes the next. Creatives run in frames without scripts and without our origin.
 */

import type { Creative, PlacementConfig, Size } from "./config.ts";
import type { Adapter } from "./demand.ts";
import { framed, sized } from "./frame.ts";

/** A creative and how much it must shrink to fit; 1 is not at all. */
export interface Fit {
  creative: Creative;
  scale: number;
}

// Below half its size a creative is unreadable.
const SMALLEST_SCALE = 0.5;
// What a creative of the other window's size loses against one of this window's.
const OTHER_WINDOW = 0.2;
// What filling all of the reserved box counts: it decides between those that fit equally well.
const FILLED = 0.1;

function includes(sizes: readonly Size[], [width, height]: Size): boolean {
  return sizes.some((size) => size[0] === width && size[1] === height);
}

/**
 * The creative for a slot that has `room`, or null when none fits.
 *
 * Sizes of this kind of window come first, unshrunk if they can be, and of those the largest;
 * then the placement's sizes for the other kind, as a column narrower than the window may hold
 * only those.
 */
export function chooseHouse(
  creatives: readonly Creative[],
  placement: PlacementConfig,
  isWide: boolean,
  [width, height]: Size,
  turn: number,
): Fit | null {
  const { mobile, desktop } = placement.sizes;
  const [own, other] = isWide ? [desktop, mobile] : [mobile, desktop];
  let best: Fit[] = [];
  let bestScore = 0;
  for (const creative of creatives) {
    const isOwn = includes(own, creative.size);
    const scale = Math.min(1, width / creative.size[0], height / creative.size[1]);
    if (scale < SMALLEST_SCALE || !(isOwn || includes(other, creative.size))) continue;
    const filled = (creative.size[0] * creative.size[1] * scale * scale) / (width * height);
    const score = scale - (isOwn ? 0 : OTHER_WINDOW) + filled * FILLED;
    if (score > bestScore) {
      best = [];
      bestScore = score;
    }
    if (score === bestScore) best.push({ creative, scale });
  }
  return best[turn % best.length] ?? null;
}

/** The creative as an element that takes exactly its (shrunk) size in the slot. */
function frame({ creative, scale }: Fit, name: string): HTMLElement {
  if (creative.src.endsWith(".html")) {
    const page = framed(creative.size, name, "allow-popups allow-popups-to-escape-sandbox");
    page.src = creative.src;
    return sized(page, creative.size, scale);
  }
  const picture = document.createElement("img");
  picture.width = creative.size[0];
  picture.height = creative.size[1];
  picture.alt = name;
  picture.src = creative.src;
  return sized(picture, creative.size, scale);
}

/** The house adapter; which creative comes first on a page is left to chance. */
export function houseAdapter(creatives: readonly Creative[]): Adapter {
  let turn: number | undefined;
  return async ({ placement, isWide, room, name, place }) => {
    turn ??= crypto.getRandomValues(new Uint16Array(1))[0]!;
    const fit = chooseHouse(creatives, placement, isWide, room, turn++);
    if (!fit) return null;
    const element = frame(fit, name);
    const ready = new Promise((resolve) =>
      element.addEventListener("load", resolve, { once: true }),
    );
    place(element);
    return { element, ready };
  };
}

/** The last resort: the slot says what the site wants to say, as the notice does elsewhere. */
export const notice: Adapter = async ({ slot, place }) => {
  const text = slot.dataset["notice"];
  if (!text) return null;
  const element = document.createElement("ad-notice");
  element.dataset["text"] = text;
  place(element);
  return { element };
};
