/**
 * The head script: knows the reader's variant before the body is parsed, and turns the
 * comments of that variant into slots before they are painted.
 *
 * Callbacks of a mutation observer run after each piece of the page that the parser hands
 * over and before the next frame, so a slot is there when its surroundings are first
 * painted and moves nothing. Comments of other variants stay comments.
 *
 * A reader whose unit is in no variant sees the control's slots and is not counted. If the
 * assignment itself fails, nothing is left for the loader: it then reports no variant and
 * no exposure. A fault after the assignment does not undo it, as that would drop readers of
 * one variant only and so bias the test.
 */

import { readConfig, type HeadConfig } from "./config.ts";
import { identify } from "./identity.ts";
import { comments, slotFor } from "./markers.ts";

const config = readConfig<HeadConfig>();
const identity = (window.adweave = identify(config.consent, config.exp));
const shown = Math.max(identity.variant, 0);

function realise(node: Comment): void {
  const slot = slotFor(node, config, shown);
  if (slot) node.replaceWith(slot);
}

/** Also finds comments that the parser moved together with what holds them. */
function sweep(): void {
  for (const comment of comments()) realise(comment);
}

const observer = new MutationObserver((records) => {
  for (const record of records) {
    for (const node of record.addedNodes) if (node instanceof Comment) realise(node);
  }
});
observer.observe(document, { childList: true, subtree: true });
sweep();
document.addEventListener("DOMContentLoaded", () => {
  observer.disconnect();
  sweep();
});
