/**
 * The loader: fills slots as the reader nears them and reports what happened.
 *
 * It never makes room: every slot's box is reserved by the page's own styles before any
 * script runs. It starts when somebody looks at the page, takes in slots that the head
 * script makes while the page is still being parsed, and asks for nothing before a slot is
 * within its placement's margin.
 *
 * While the page loads it does as little as it can: it notes that the page is viewed, and leaves
 * the rest to the browser's next pause. What may block the page, such as a look into the
 * storage, waits until an event is sent.
 */

import { startBeacon, type Record } from "./beacon.ts";
import { configText, readLate, type LoaderConfig } from "./config.ts";
import { watchConsent } from "./consent.ts";
import type { Adapter } from "./demand.ts";
import { fill, type Filling } from "./fill.ts";
import { houseAdapter, notice } from "./house.ts";
import { identify, randomHex, type Identity } from "./identity.ts";
import { whenIdle } from "./idle.ts";
import { iframe } from "./iframe.ts";
import type { Page } from "./late.ts";
import { queue } from "./near.ts";
import { watchClicks, watchPage, type Report } from "./page.ts";
import { whenSeen } from "./readiness.ts";
import { known } from "./visitor.ts";

/**
 * The server's word where it has picked the variant; the head script's word where the page has
 * one, else our own. Where it should have spoken and did not, its slots are not there either, so
 * this page view belongs to no variant.
 */
function whoIsReading(config: LoaderConfig): Identity {
  if (config.exp && !config.exp.ranges) return known(config.consent, config.exp);
  return window.adweave ?? identify(config.consent, config.head ? null : config.exp);
}

/**
 * Hands over each slot, those included that are still to come: by the parser, and by a script that
 * puts the next article below this one, or another in its place.
 */
function eachSlot(take: (slot: HTMLElement) => void): void {
  const meet = (node: Node): void => {
    if (node.nodeName === "AD-SLOT") take(node as HTMLElement);
    // The parser brings elements one by one, a script whole articles.
    else (node as Element).querySelectorAll?.<HTMLElement>("ad-slot").forEach(take);
  };
  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(meet);
  }).observe(document, { childList: true, subtree: true });
  meet(document);
}

function start(): void {
  const config = JSON.parse(written) as LoaderConfig;
  let reader: Identity | undefined;
  const identity = (): Identity => (reader ??= whoIsReading(config));
  const variant = config.exp ? identity().variant : -1;
  const layout = config.exp?.layouts[Math.max(variant, 0)] ?? config.layout;

  const reports: Report[] = [];
  const [record, end] = startBeacon(config, identity, layout, (isOver) =>
    reports.forEach((report) => report(isOver)),
  );
  const begin = (): void => {
    record("view");
    if (variant >= 0) record("exposure");
  };
  addEventListener("error", ({ error }) => {
    if (`${error?.stack}`.includes("/_adweave/")) record("error"); // in code of ours, uncaught
  });
  // Before the pause: a page that is left at once tells how far it was read, too.
  reports.push(watchPage(record));
  begin();
  whenIdle(() =>
    watch(config, layout, variant, record, reports, () => {
      end();
      reports.length = 1; // the page's own; the slots of the page before are gone
      // Whoever reads stays who it is, and sees the same variant. Only the view is another.
      reader = { ...identity(), view: randomHex(8) };
      begin();
    }),
  );
}

function watch(
  config: LoaderConfig,
  layout: string,
  variant: number,
  record: Record,
  reports: Report[],
  turn: () => void,
): void {
  const placements = config.layouts[layout]!;
  watchClicks(record);

  const wide = matchMedia(`(min-width:${config.wide}px)`);
  const filling: Filling = {
    config,
    record,
    consent: watchConsent(config.consent, config.privacy, config.exp),
    isWide: () => wide.matches,
    adapters: {
      house: houseAdapter(config.house),
      iframe: iframe as Adapter,
      notice,
    },
    layout,
    variant: config.exp?.variants[variant] ?? "",
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
  const take = (slot: HTMLElement & { adweave?: boolean }): void => {
    const placement = placements[slot.dataset["placement"]!];
    if (!placement || slot.adweave) return;
    slot.adweave = true; // for another loader as well, where a script has put one in
    const margin = wide.matches ? placement.margin.desktop : placement.margin.mobile;
    whenNear(slot, margin, () => fill(slot, placement, filling));
  };
  eachSlot(take);
  if (late) {
    const page: Page = { late, config, variant: Math.max(variant, 0), take, turn };
    import(late.file).then(
      (module: { default(page: Page): void }) => module.default(page),
      () => undefined, // blocked, or no network: the page stays without slots
    );
  }
}

const written = configText();
const late = readLate();
const nonce = (document.currentScript as HTMLScriptElement).nonce ?? "";
whenSeen(start);
