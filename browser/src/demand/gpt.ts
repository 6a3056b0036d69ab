/**
 * Google Publisher Tag, by its own contract: the command queue, slots, targeting and events.
 *
 * When a slot is asked for is the loader's business, so the tag's lazy loading stays off, and
 * each slot is displayed by itself. Creatives are forced into SafeFrames that sandbox them;
 * the ad server learns placement, experiment and variant as key-values. Source: "Google
 * Publisher Tag Reference", googletag.
 */

import type { Demand, Size } from "../config.ts";
import { filledIn, within, type Adapter } from "../demand.ts";
import { fetched } from "./script.ts";

type Targeting = Readonly<{ [key: string]: string | readonly string[] }>;

export interface GptSettings extends Demand {
  /** Ad unit path, a template. */
  unit: string;
  src: string;
  /** From `[demand.gpt]`: for the whole page. */
  targeting?: Targeting;
  /** From the placement: for the slot. */
  own?: Targeting;
  single: boolean;
  /** Window width, in px, from which the wide sizes hold. */
  wide: number;
}

interface Slot {
  addService(service: PubAds): Slot;
  defineSizeMapping(mapping: unknown): Slot;
  setTargeting(key: string, value: string | string[]): Slot;
  setCollapseEmptyDiv(collapse: boolean, collapseBeforeAdFetch?: boolean): Slot;
  setForceSafeFrame(force: boolean): Slot;
  setSafeFrameConfig(config: object): Slot;
}

interface RenderEnded {
  slot: Slot;
  isEmpty: boolean;
  size: Size | string | null;
}

interface PubAds {
  addEventListener(type: "slotRenderEnded", listener: (event: RenderEnded) => void): PubAds;
  addEventListener(
    type: "slotOnload" | "impressionViewable",
    listener: (event: { slot: Slot }) => void,
  ): PubAds;
  enableSingleRequest(): boolean;
  setTargeting(key: string, value: string | string[]): PubAds;
  setPrivacySettings(settings: object): PubAds;
  disableInitialLoad(): void;
  refresh(slots: Slot[], options?: object): void;
}

interface GoogleTag {
  cmd: { push(command: () => void): number };
  pubads(): PubAds;
  sizeMapping(): {
    addSize(viewport: Size, sizes: readonly Size[]): ReturnType<GoogleTag["sizeMapping"]>;
    build(): unknown;
  };
  defineSlot(unit: string, sizes: readonly Size[], id: string): Slot | null;
  enableServices(): void;
  display(id: string): void;
  destroySlots(slots: Slot[]): boolean;
}

declare global {
  interface Window {
    googletag?: GoogleTag;
  }
}

/** A creative without a frame tells no load: so long after it was rendered it is shown. */
const LOAD_MS = 3_000;

interface Waiting {
  rendered(event: RenderEnded): void;
  loaded(): void;
  seen(): void;
}

const waiting = new Map<Slot, Waiting>();
let isStarted = false;
let turn = 0;

/** What holds for the page and not for one slot; once. */
function start(tag: GoogleTag, settings: GptSettings): void {
  if (isStarted) return;
  isStarted = true;
  const ads = tag.pubads();
  for (const [key, value] of Object.entries(settings.targeting ?? {})) {
    ads.setTargeting(key, value as string | string[]);
  }
  ads.addEventListener("slotRenderEnded", (event) => waiting.get(event.slot)?.rendered(event));
  ads.addEventListener("slotOnload", ({ slot }) => waiting.get(slot)?.loaded());
  ads.addEventListener("impressionViewable", ({ slot }) => waiting.get(slot)?.seen());
  if (settings.single) ads.enableSingleRequest();
  tag.enableServices();
}

const gpt: Adapter<GptSettings> = async (opening) => {
  const { slot: box, id, room, sizes, fitting, settings, grant, words, signal } = opening;
  if (!sizes.length) return null;
  const tag = (window.googletag ??= {} as GoogleTag);
  tag.cmd ??= [];
  // A queue that nobody works off would wait for ever: the script's failure is a no-fill.
  const src = grant.isAllowed ? settings.src : settings.limited!;
  const failed = fetched(src, opening.nonce).then(() => new Promise<never>(() => 0));

  const element = document.createElement("div");
  const { auction } = opening;
  // Prebid finds the slot by its element.
  element.id = auction?.code ?? `adweave-gpt-${id}-${++turn}`;
  opening.place(element);

  let slot: Slot | null = null;
  const destroy = (): void => {
    if (!slot) return;
    waiting.delete(slot);
    tag.destroySlots([slot]);
  };
  signal.addEventListener("abort", destroy);
  let loaded: () => void;
  let viewed: () => void;
  const ready = new Promise<void>((done) => (loaded = done));
  const seen = new Promise<void>((done) => (viewed = done));

  const asked = new Promise<boolean>((resolve) => {
    tag.cmd.push(() => {
      if (signal.aborted) return;
      start(tag, settings);
      const unit = filledIn(settings.unit, words, String);
      slot = tag.defineSlot(unit, sizes, element.id);
      if (!slot) return resolve(false);
      waiting.set(slot, {
        rendered({ isEmpty, size }) {
          // A creative of another size than was asked for would be cut off.
          const isFitting = !Array.isArray(size) || (size[0] <= room[0] && size[1] <= room[1]);
          resolve(!isEmpty && isFitting);
        },
        loaded: () => loaded(),
        seen: () => viewed(),
      });
      slot
        .defineSizeMapping(
          tag
            .sizeMapping()
            .addSize([settings.wide, 0], fitting(true))
            .addSize([0, 0], fitting(false))
            .build(),
        )
        .setCollapseEmptyDiv(false) // the box stays or goes by our own rules
        .setForceSafeFrame(true)
        .setSafeFrameConfig({ allowOverlayExpansion: false, allowPushExpansion: false, sandbox: true })
        .setTargeting("placement", words["placement"] as string)
        .addService(tag.pubads());
      if (words["experiment"]) {
        slot.setTargeting("experiment", words["experiment"] as string);
        slot.setTargeting("variant", (words["variant"] as string) || "none");
      }
      for (const [key, value] of Object.entries(settings.own ?? {})) {
        slot.setTargeting(key, value as string | string[]);
      }
      tag.pubads().setPrivacySettings({
        nonPersonalizedAds: !grant.isPersonal,
        restrictDataProcessing: !grant.isPersonal,
        limitedAds: !grant.isAllowed,
      });
      auction?.tell();
      tag.display(element.id);
    });
  });
  if (!(await Promise.race([asked, failed]))) return null;
  // What is taken out of the page must be taken out of the tag's books as well.
  new MutationObserver((_, observer) => {
    if (element.isConnected) return;
    observer.disconnect();
    destroy();
  }).observe(box, { childList: true });
  return { element, ready: within(ready, LOAD_MS), seen };
};

export default gpt;
