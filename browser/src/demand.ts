/**
 * What a demand adapter is: the core's side of the agreement.
 *
 * An adapter is asked for one slot at a time. It puts its element into the slot through
 * `place`, where nobody sees it yet, and answers with what it has, or null for no-fill. When
 * it is given up (`signal`), what it placed is taken out again; it only has to stop.
 */

import type { Demand, PlacementConfig, Size } from "./config.ts";
import type { Grant } from "./consent.ts";

/** A finished auction whose bids go to the ad server that is asked next, as key-values. */
export interface Auction {
  /** The ad unit's code, which has to be the id of the ad server's element as well. */
  code: string;
  /** Tells the ad server's slot of that element what was bid. */
  tell(): void;
}

export type Words = Readonly<{ [word: string]: string | number }>;

export interface Opening<Settings = Demand> {
  slot: HTMLElement;
  /** "inline-1": the slot's name in events, and in ids. */
  id: string;
  /** What assistive technology calls it: the label, numbered where a page has several. */
  name: string;
  placement: PlacementConfig;
  /** What a creative may take up, label not counted. */
  room: Size;
  /** Sizes of the placement that fit the room unshrunk: `fitting` for the window as it is. */
  sizes: readonly Size[];
  /** Those of a kind of window; of the other kind, where the column is too narrow for any of its own. */
  fitting(isWide: boolean): readonly Size[];
  settings: Settings;
  grant: Grant;
  /** What the words of templates stand for. */
  words: Words;
  /** Of the loader's own script, for scripts of the adapter's. */
  nonce: string;
  signal: AbortSignal;
  /** What an adapter before this one in the chain has handed over. */
  auction: Auction | undefined;
  handOver(auction: Auction): void;
  place(element: HTMLElement): void;
}

export interface Filled {
  element: HTMLElement;
  /** Settles when there is something to see; left out where there is already. */
  ready?: Promise<unknown>;
  /** Settles when the ad server itself has counted the ad as seen. */
  seen?: Promise<unknown>;
  /** Pictures that move are seen after two seconds. */
  isVideo?: boolean;
  /** What showing it earns, in the site's currency. */
  value?: number | undefined;
  /** On whose behalf it is shown and who paid, where the law wants that told with the ad. */
  behalf?: string | undefined;
  paid?: string | undefined;
}

export type Adapter<Settings = Demand> = (opening: Opening<Settings>) => Promise<Filled | null>;

/** The words of `template` in braces, replaced by what they stand for; unknown ones stay. */
export function filledIn(
  template: string,
  words: Words,
  encode: (text: string | number) => string = encodeURIComponent,
): string {
  return template.replace(/\{(\w+)\}/g, (whole, word: string) => {
    const text = words[word];
    return text === undefined ? whole : encode(text);
  });
}

/** Settles as `promise` does, or with null after `ms`. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
