/**
 * Fills one slot: asks the placement's adapters one after the
 * other until one has something to show, and again later where the placement refreshes.
 *
 * An adapter is given up after its time; what it brings later is not shown. Whoever may not
 * be asked is passed over before a byte of its code is fetched.
 */

import type { Record } from "./beacon.ts";
import { collapseUnseen } from "./collapse.ts";
import type { Demand, LoaderConfig, PlacementConfig, Size } from "./config.ts";
import type { Consent, Grant } from "./consent.ts";
import { filledIn, within, type Adapter, type Auction, type Filled, type Opening } from "./demand.ts";
import { makeAccessible, nameOf } from "./region.ts";
import { watchViewable, type Attention } from "./viewable.ts";

/** What is asked of nobody outside the site. */
const OWN: Demand = { timeout: 10_000, vendors: [], purposes: [] };
/** The least time between two ads that were seen, in s. */
const LEAST_REFRESH_S = 30;

export interface Filling {
  config: LoaderConfig;
  record: Record;
  consent: Consent;
  isWide(): boolean;
  /** The adapters of the core; others are loaded from `config.files`. */
  adapters: { [name: string]: Adapter | Promise<Adapter | null> };
  layout: string;
  variant: string;
  nonce: string;
  /** Is told of every creative in the page. */
  attend(slot: HTMLElement, attention: Attention): void;
}

function loaded(
  name: string,
  { adapters, config, record }: Filling,
): Promise<Adapter | null> | Adapter {
  return (adapters[name] ??= (async () => {
    const url = config.files?.[name];
    if (!url) return null;
    try {
      return ((await import(url)) as { default: Adapter }).default;
    } catch {
      record("error");
      return null; // blocked, or no network: the next in the chain is asked
    }
  })());
}

function wordsFor(slot: HTMLElement, size: Size | undefined, grant: Grant, filling: Filling) {
  return {
    placement: slot.dataset["placement"]!,
    n: slot.dataset["n"]!,
    layout: filling.layout,
    variant: filling.variant,
    experiment: filling.config.exp?.key ?? "",
    lang: filling.config.lang,
    viewport: filling.isWide() ? "desktop" : "mobile",
    host: location.hostname,
    path: location.pathname,
    width: size?.[0] ?? "",
    height: size?.[1] ?? "",
    tcf: grant.tcf,
    consent: grant.tcf || grant.gpp,
    gdpr: grant.isGdpr === null ? "" : +grant.isGdpr,
    gpp: grant.gpp,
    gpc: +grant.isGpc,
    personal: +grant.isPersonal,
    random: (Math.random() + "").slice(2),
  };
}

/** Asks along the chain; null where nobody has anything. */
async function ask(
  slot: HTMLElement,
  width: number,
  placement: PlacementConfig,
  filling: Filling,
): Promise<Filled | null> {
  const { config, consent } = filling;
  const label = slot.dataset["about"] ? 72 : 24;
  const room: Size = [width, parseFloat(getComputedStyle(slot).height) - label];
  const fitting = (isWide: boolean): readonly Size[] => {
    const { mobile, desktop } = placement.sizes;
    const [own, other] = (isWide ? [desktop, mobile] : [mobile, desktop]).map((sizes) =>
      sizes.filter(([w, h]) => w <= room[0] && h <= room[1]),
    );
    return own![0] ? own! : other!;
  };
  const sizes = fitting(filling.isWide());
  let auction: Auction | undefined;
  for (const name of placement.fill) {
    const common = config.demand?.[name];
    const settings = { ...OWN, ...common, ...placement.ask?.[name] };
    const grant = await consent.ask(settings);
    const mayAsk = grant.isAllowed || settings.limited;
    const adapter = mayAsk && (await loaded(name, filling));
    if (!adapter) continue;

    const given = new AbortController();
    const placed: HTMLElement[] = [];
    const opening: Opening = {
      slot,
      id: slot.dataset["placement"] + "-" + slot.dataset["n"],
      name: nameOf(slot),
      placement,
      room,
      sizes,
      fitting,
      settings,
      grant,
      words: wordsFor(slot, sizes[0], grant, filling),
      nonce: filling.nonce,
      signal: given.signal,
      auction,
      handOver(ended) {
        if (!given.signal.aborted) auction = ended;
      },
      place(element) {
        if (given.signal.aborted) return;
        placed.push(element);
        element.dataset["pending"] = "";
        slot.append(element);
      },
    };
    // An adapter's fault is its no-fill: the next one may do better.
    const filled = await within(adapter(opening), settings.timeout).catch(() => {
      filling.record("error", slot);
      return null;
    });
    if (filled) return filled;
    given.abort();
    for (const element of placed) element.remove();
  }
  return null;
}

export async function fill(
  slot: HTMLElement,
  placement: PlacementConfig,
  filling: Filling,
): Promise<void> {
  filling.record("request", slot);
  // As its styles have it: where it is drawn, the page may zoom, scale or move it.
  const { width, height } = getComputedStyle(slot);
  const room = parseFloat(width);
  // From now on the box keeps its height, even if the window is turned before the ad has come.
  slot.style.setProperty("height", height, "important");
  const filled = await ask(slot, room, placement, filling);
  if (filled) return show(slot, room, filled, placement, filling, placement.refresh?.max ?? Infinity);
  filling.record("no-fill", slot);
  slot.dataset["state"] = "empty";
  collapseUnseen(slot);
}

async function show(
  slot: HTMLElement,
  width: number,
  { element, ready, seen, isVideo, value, behalf, paid }: Filled,
  placement: PlacementConfig,
  filling: Filling,
  refreshesLeft: number,
): Promise<void> {
  const { record } = filling;
  record("fill", slot);
  const rendered = async (): Promise<void> => {
    await ready;
    for (const other of Array.from(slot.children)) {
      if (other !== element) other.remove(); // what was shown until now
    }
    delete element.dataset["pending"];
    disclose(slot, behalf, paid);
    makeAccessible(slot);
    slot.dataset["state"] = "filled";
    record("render", slot, value);
    let isSeen = false;
    const once = (): void => {
      if (isSeen) return;
      isSeen = true;
      record("viewable", slot);
      if (placement.refresh && refreshesLeft > 0) {
        refresh(slot, width, placement, filling, attention, refreshesLeft);
      }
    };
    const attention = watchViewable(element, once, isVideo);
    seen?.then(once);
    filling.attend(slot, attention);
  };
  // A creative that never comes must not hold up the slots behind it.
  await within(rendered(), OWN.timeout).catch(() => record("error", slot));
}

function disclose(slot: HTMLElement, behalf?: string, paid?: string): void {
  if (slot.dataset["about"]) return; // a political ad's, told by the site
  const told = [
    behalf && filledIn(slot.dataset["behalf"] ?? "{name}", { name: behalf }, String),
    // One name for both is one disclosure.
    paid && paid !== behalf && filledIn(slot.dataset["paid"] ?? "{name}", { name: paid }, String),
  ].filter(Boolean);
  if (told.length) slot.dataset["disclosure"] = told.join(" \xB7 ");
  else delete slot.dataset["disclosure"];
}

/** Asks again once it was looked at for so long, while it is, and nobody is at work in it. */
function refresh(
  slot: HTMLElement,
  width: number,
  placement: PlacementConfig,
  filling: Filling,
  attention: Attention,
  left: number,
): void {
  let waits = Math.max(placement.refresh!.every, LEAST_REFRESH_S);
  const timer = setInterval(async () => {
    if (!attention.isInView() || !document.hasFocus()) return;
    if (--waits > 0 || slot.contains(document.activeElement)) return;
    clearInterval(timer);
    filling.record("request", slot);
    const filled = await ask(slot, width, placement, filling);
    if (!filled) return filling.record("no-fill", slot); // what is there stays
    attention.stop();
    await show(slot, width, filled, placement, filling, left - 1);
  }, 1_000);
}
