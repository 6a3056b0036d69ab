/**
 * Prebid.js, by its own contract: an auction for the slot, and the winner in a frame of ours.
 *
 * Where the site has it so, the winner is not shown: its bids reach Google Ad Manager, which the
 * placement asks next, as key-values, and a line item of that shows it by Prebid's creative.
 *
 * The site brings its own build with its bidders; here it is asked, told what consent and
 * floor hold, and given a time. The frame has no access to the page: the creative is handed
 * to it by Prebid's own messages for creatives of other origins. Source: Prebid.js,
 * "Publisher API Reference" and "creative".
 */

import type { Demand, Size } from "../config.ts";
import { filledIn, type Adapter, type Words } from "../demand.ts";
import { framed, sized } from "../frame.ts";
import { fetched } from "./script.ts";

interface Bidder {
  bidder: string;
  params: object;
}

export interface PrebidSettings extends Demand {
  src: string;
  /** For `pbjs.setConfig`, as the site wrote it. */
  config: object;
  bids: readonly (Bidder & { sizes?: readonly Size[] })[];
  /** Least price, for a thousand, in `currency`. */
  floor: number;
  currency: string;
  /** Address of the frame that winners are shown in. */
  frame: string;
  /** Bids go to Google Ad Manager, which is asked next and decides; none is shown here. */
  handOver?: true;
}

interface Bid {
  adId: string;
  cpm: number;
  currency?: string;
  width: number;
  height: number;
  mediaType?: string;
  meta?: { dsa?: { behalf?: string; paid?: string; adrender?: 0 | 1 } };
}

interface Prebid {
  que: { push(command: () => void): unknown };
  setConfig(config: object): void;
  addAdUnits(units: object): void;
  removeAdUnit(code: string): void;
  requestBids(request: object): void;
  getHighestCpmBids(code: string): Bid[];
  setTargetingForGPTAsync(codes: string[]): void;
  onEvent(event: string, handler: (details: { adId?: string }) => void): void;
  offEvent(event: string, handler: (details: { adId?: string }) => void): void;
}

declare global {
  interface Window {
    pbjs?: Prebid;
  }
}

const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-forms";
// What the auction may use of the adapter's time; the rest is for the way there and back.
const AUCTION_SHARE = 0.8;
let isConfigured = false;
let turn = 0;

function configure(pbjs: Prebid, settings: PrebidSettings, isPersonal: boolean): void {
  if (!isConfigured) {
    isConfigured = true;
    const consent = {
      ...(window.__tcfapi && { gdpr: { cmpApi: "iab", timeout: settings.timeout } }),
      ...(window.__gpp && { gpp: { cmpApi: "iab", timeout: settings.timeout } }),
    };
    // Without an interface to ask, Prebid would wait for one and then cancel the auction.
    const isAsked = Object.keys(consent).length > 0;
    pbjs.setConfig({
      floors: {}, // lets the floors of ad units hold, where the build has the module
      ...(isAsked && { consentManagement: consent }),
      ...settings.config,
    });
  }
  pbjs.setConfig({ deviceAccess: isPersonal });
}

/** Numbers and texts of the site's parameters, with the words of its templates filled in. */
function worded(params: unknown, words: Words): unknown {
  if (typeof params === "string") return filledIn(params, words, String);
  if (Array.isArray(params)) return params.map((each) => worded(each, words));
  if (typeof params !== "object" || !params) return params;
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [key, worded(value, words)]),
  );
}

const prebid: Adapter<PrebidSettings> = async (opening) => {
  const { id, name, sizes, room, settings, grant, words, signal, place } = opening;
  const bids = settings.bids.filter(({ sizes: own }) => !own || sizes.some((size) => isOf(size, own)));
  if (!sizes.length || !bids.length) return null;
  const pbjs = (window.pbjs ??= {} as Prebid);
  pbjs.que ??= [];
  const failed = fetched(settings.src, opening.nonce).then(() => new Promise<never>(() => 0));
  const code = `adweave-prebid-${id}-${++turn}`;

  const auction = new Promise<Bid | null>((resolve) => {
    pbjs.que.push(() => {
      if (signal.aborted) return;
      configure(pbjs, settings, grant.isPersonal);
      const unit = {
        code,
        mediaTypes: { banner: { sizes } },
        bids: worded(bids.map(({ bidder, params }) => ({ bidder, params })), words),
        floors: {
          currency: settings.currency,
          schema: { fields: ["mediaType"] },
          values: { "*": settings.floor },
        },
        ortb2Imp: {
          ext: { data: { placement: words["placement"], variant: words["variant"] } },
        },
      };
      pbjs.requestBids({
        adUnits: [unit],
        timeout: Math.round(settings.timeout * AUCTION_SHARE),
        ortb2: { regs: { ext: { gpc: grant.isGpc ? "1" : undefined } } },
        bidsBackHandler: () => resolve(winner(pbjs.getHighestCpmBids(code), room, settings)),
      });
    });
  });
  const won = await Promise.race([auction, failed]);
  if (!won || signal.aborted) return null;
  if (settings.handOver) {
    opening.handOver({ code, tell: () => pbjs.setTargetingForGPTAsync([code]) });
    return null;
  }

  // Prebid resizes the frame and what holds it, by the ad unit's code.
  const size: Size = [won.width, won.height];
  const element = sized(document.createElement("div"), size);
  element.id = code;
  const frame = framed(size, name, SANDBOX);
  frame.src = settings.frame + "#" + encodeURIComponent(won.adId);
  element.append(frame);
  const ready = new Promise<void>((resolve, reject) => {
    const hear =
      (event: string, settle: () => void) =>
      (details: { adId?: string }): void => {
        if (details.adId !== won.adId) return;
        pbjs.offEvent(event, heard[event]!);
        settle();
      };
    const heard: { [event: string]: (details: { adId?: string }) => void } = {
      adRenderSucceeded: hear("adRenderSucceeded", resolve),
      adRenderFailed: hear("adRenderFailed", () => reject(new Error("creative failed"))),
    };
    for (const [event, handler] of Object.entries(heard)) pbjs.onEvent(event, handler);
  });
  place(element);
  await ready;
  // Where the buyer does not show in the ad who is behind it (adrender 0), the page has to.
  const dsa = won.meta?.dsa;
  const told = dsa && !dsa.adrender ? { behalf: dsa.behalf, paid: dsa.paid } : {};
  const isOwnCurrency = !won.currency || won.currency === settings.currency;
  const value = isOwnCurrency ? won.cpm / 1000 : undefined;
  return { element, isVideo: won.mediaType === "video", value, ...told };
};

function isOf([width, height]: Size, sizes: readonly Size[]): boolean {
  return sizes.some((size) => size[0] === width && size[1] === height);
}

/** The best bid that is at or above the floor and has room; floors need no module of Prebid's. */
function winner(bids: readonly Bid[], room: Size, settings: PrebidSettings): Bid | null {
  const fitting = bids.filter(
    ({ cpm, currency, width, height }) =>
      (cpm >= settings.floor || (!!currency && currency !== settings.currency)) &&
      width <= room[0] &&
      height <= room[1],
  );
  return fitting[0] ?? null;
}

export default prebid;
