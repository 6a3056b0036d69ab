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
import type { Adapter } from "./demand.ts";
import { fill, type Filling } from "./fill.ts";
import { houseAdapter, notice } from "./house.ts";
import { identify, type Identity } from "./identity.ts";
import { iframe } from "./iframe.ts";
import { placeLate } from "./late.ts";
import { queue } from "./near.ts";
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

function start(config: LoaderConfig): void {
  const identity = whoIsReading(config);
  const layout = config.exp?.layouts[Math.max(identity.variant, 0)] ?? config.layout;
  const placements = config.layouts[layout]!;

  const reports: (() => void)[] = [];
  const record: Record = startBeacon(config, identity, layout, () =>
    reports.forEach((report) => report()),
  );
  record("view");
  if (identity.variant >= 0) record("exposure");
  reports.push(watchPage(record));
  watchClicks(record);

  const wide = matchMedia(`(min-width:${config.wide}px)`);
  const filling: Filling = {
    config,
    record,
    consent: watchConsent(config.consent, config.privacy),
    isWide: () => wide.matches,
    adapters: {
      house: houseAdapter(config.house, identity.view),
      iframe: iframe as Adapter,
      notice,
    },
    layout,
    variant: config.exp?.variants[identity.variant] ?? "",
    nonce,
    attend(slot, attention) {
      let reported = 0;
      reports.push(() => {
        const more = Math.round(attention.total() / 100 - reported);
        if (!more) return;
        reported += more;
        record("in-view", slot, more / 10);
      });
    },
  };
  const whenNear = queue(config.parallel);
  const take = (slot: HTMLElement): void => {
    const placement = placements[slot.dataset["placement"]!];
    if (!placement) return;
    const margin = wide.matches ? placement.margin.desktop : placement.margin.mobile;
    whenNear(slot, margin, (box) => fill(slot, box, placement, filling));
  };
  eachSlot(take);
  if (late) placeLate(late, Math.max(identity.variant, 0), take);
}

const config = readConfig<LoaderConfig>();
const late = readLateMarkers();
const nonce = (document.currentScript as HTMLScriptElement).nonce ?? "";
whenSeen(() => start(config));
