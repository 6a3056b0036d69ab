/**
 * The loader: fills slots as the reader nears them and reports what happened.
 *
 * It never makes room: every slot's box is reserved by the page's own styles before any
 * script runs. It starts when somebody looks at the page, takes in slots that the head
 * script makes while the page is still being parsed, and asks for nothing before a slot is
 * within its placement's margin.
 */

import { startBeacon, type Record } from "./beacon.ts";
import { readConfig, readLateMarkers, type LoaderConfig } from "./config.ts";
import { watchConsent } from "./consent.ts";
import { fill, houseAdapter } from "./fill.ts";
import { identify, type Identity } from "./identity.ts";
import { placeLate } from "./late.ts";
import { watchClicks, watchPage } from "./page.ts";
import { whenSeen } from "./readiness.ts";

/**
 * The head script's word where the page has one, else our own. Where it should have spoken
 * and did not, its slots are not there either, so this page view belongs to no variant.
 */
function whoIsReading(config: LoaderConfig): Identity {
  return window.adweave ?? identify(config.consent, config.head ? null : config.exp);
}

/** Hands over each slot once, those the parser has still to bring included. */
function eachSlot(take: (slot: HTMLElement) => void): void {
  const taken = new WeakSet<Node>();
  const meet = (nodes: Iterable<Node>): void => {
    for (const node of nodes) {
      if (node.nodeName !== "AD-SLOT" || taken.has(node)) continue;
      taken.add(node);
      take(node as HTMLElement);
    }
  };
  const meetAll = (): void => meet(document.querySelectorAll("ad-slot"));
  if (document.readyState === "loading") {
    const observer = new MutationObserver((records) => {
      for (const record of records) meet(record.addedNodes);
    });
    observer.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", () => {
      observer.disconnect();
      meetAll();
    });
  }
  meetAll();
}

/** Calls `act` once with the slot's box, when that is within `margin` of the window. */
function whenNear(
  slot: HTMLElement,
  margin: string,
  act: (box: DOMRectReadOnly) => unknown,
): void {
  const observer = new IntersectionObserver(
    (entries) => {
      const near = entries.find((entry) => entry.isIntersecting);
      if (!near) return;
      observer.disconnect();
      act(near.boundingClientRect);
    },
    { rootMargin: margin },
  );
  observer.observe(slot);
}

function start(config: LoaderConfig): void {
  const identity = whoIsReading(config);
  const layout = config.exp?.layouts[Math.max(identity.variant, 0)] ?? config.layout;
  const placements = config.layouts[layout]!;

  let reportPage = (): void => undefined;
  const record: Record = startBeacon(config, identity, layout, () => reportPage());
  record("view");
  if (identity.variant >= 0) record("exposure");
  reportPage = watchPage(record);
  watchClicks(record);
  watchConsent(config.consent);

  const adapters = { house: houseAdapter(config, identity.view) };
  const wide = matchMedia(`(min-width:${config.wide}px)`);
  const take = (slot: HTMLElement): void => {
    const placement = placements[slot.dataset["placement"]!];
    if (!placement) return;
    const margin = wide.matches ? placement.margin.desktop : placement.margin.mobile;
    whenNear(slot, margin, (box) =>
      fill(slot, box, placement, adapters, wide.matches, record),
    );
  };
  eachSlot(take);
  if (late) placeLate(late, Math.max(identity.variant, 0), take);
}

const config = readConfig<LoaderConfig>();
const late = readLateMarkers();
whenSeen(() => start(config));
