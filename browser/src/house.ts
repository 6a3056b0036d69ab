/**
 * House creatives: which one fits a slot, and the frame it runs in.
 *
 * The choice is pure and deterministic: of the creatives that fit best, slot after slot
 * takes the next. Creatives run in frames without scripts and without our origin.
 */

import type { Creative, Size } from "./config.ts";
import type { Adapter } from "./demand.ts";
import { framed, sized } from "./frame.ts";

/** A creative and how much it must shrink to fit; 1 is not at all. */
export interface Fit {
  creative: Creative;
  scale: number;
}

// Below half its size a creative is unreadable.
const SMALLEST_SCALE = 0.5;
// What filling all of the reserved box counts: it decides between those that fit equally well.
const FILLED = 0.1;

/**
 * The creative for a slot that has `room`, or null when none fits.
 *
 * Those of one of the `sizes` that fit unshrunk come first, and of them the largest. Where there
 * is no such size, `all` of the placement's may be shrunk.
 */
export function chooseHouse(
  creatives: readonly Creative[],
  sizes: readonly Size[],
  all: readonly Size[],
  [width, height]: Size,
  turn: number,
): Fit | null {
  const among = (sizes[0] ? sizes : all).map(String);
  let best: Fit[] = [];
  let bestScore = 0;
  for (const creative of creatives) {
    const [wide, high] = creative.size;
    const scale = Math.min(1, width / wide, height / high);
    if (scale < SMALLEST_SCALE || !among.includes(creative.size + "")) continue;
    const score = scale + ((wide * high * scale * scale) / (width * height)) * FILLED;
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
  picture.alt = name;
  picture.src = creative.src;
  return sized(picture, creative.size, scale);
}

/** The house adapter; which creative comes first on a page is left to chance. */
export function houseAdapter(creatives: readonly Creative[]): Adapter {
  let turn: number | undefined;
  return async ({ placement, sizes, room, name, place }) => {
    turn ??= crypto.getRandomValues(new Uint16Array(1))[0]!;
    const { mobile, desktop } = placement.sizes;
    const fit = chooseHouse(creatives, sizes, [...mobile, ...desktop], room, turn++);
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
