/**
 * Fills one slot, whose reserved `box` is known: tries the placement's adapters in order until one has something to show.
 *
 * An adapter gives the element to show, or null for no-fill. Adapters that this loader does
 * not have are passed over.
 */

import type { Record } from "./beacon.ts";
import { collapseUnseen } from "./collapse.ts";
import type { LoaderConfig, PlacementConfig, Size } from "./config.ts";
import { chooseHouse, frame } from "./house.ts";
import { watchViewable } from "./viewable.ts";

export interface Opening {
  slot: HTMLElement;
  placement: PlacementConfig;
  isWide: boolean;
  /** What a creative may take up, label not counted. */
  room: Size;
}

export type Adapter = (opening: Opening) => Promise<HTMLElement | null>;

/** The house adapter; which creative comes first depends on the page view. */
export function houseAdapter(config: LoaderConfig, view: string): Adapter {
  let turn = parseInt(view.slice(0, 4), 16);
  return async ({ slot, placement, isWide, room }) => {
    const fit = chooseHouse(config.house, placement, isWide, room, turn++);
    return fit && frame(fit, slot.dataset["label"]!);
  };
}

export async function fill(
  slot: HTMLElement,
  box: DOMRectReadOnly,
  placement: PlacementConfig,
  adapters: Readonly<{ [name: string]: Adapter }>,
  isWide: boolean,
  record: Record,
): Promise<void> {
  record("request", slot);
  // `box` and the slot's own word for its height spare a layout of the page just to measure.
  const height = slot.dataset["box"]!.split("-")[isWide ? 1 : 0];
  const opening: Opening = { slot, placement, isWide, room: [box.width, +height!] };
  for (const name of placement.fill) {
    const shown = await adapters[name]?.(opening);
    if (shown) return show(slot, box, shown, record);
  }
  record("no-fill", slot);
  slot.dataset["state"] = "empty";
  collapseUnseen(slot);
}

function show(slot: HTMLElement, box: DOMRectReadOnly, shown: HTMLElement, record: Record): void {
  record("fill", slot);
  // From now on the box keeps its height, even if the window gets wider or narrower.
  slot.style.setProperty("height", box.height + "px", "important");
  slot.setAttribute("role", "complementary");
  slot.setAttribute("aria-label", slot.dataset["label"]!);
  slot.removeAttribute("aria-hidden");
  shown.addEventListener("load", () => {
    slot.dataset["state"] = "filled";
    record("render", slot);
    watchViewable(shown, () => record("viewable", slot));
  }, { once: true });
  slot.append(shown);
}
