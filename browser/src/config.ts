/** What the server writes into `data-adweave` of our two scripts. Made by `adweave.slots`. */

import type { Range } from "./assign.ts";
import type { AssignedExperiment } from "./visitor.ts";

/** When a visitor id may be kept: never; at once; or once a TCF platform reports consent. */
export type ConsentPolicy = "never" | "assumed" | "tcf";

/** One value for narrow windows, one for wide ones. */
export interface PerWindow<T> {
  mobile: T;
  desktop: T;
}

export type Size = readonly [width: number, height: number];

/** A running experiment. `layouts[i]` is what `variants[i]` names; 0 is the control. */
export interface Experiment {
  key: string;
  seed: string;
  /** GrowthBook hash version. */
  hv: number;
  /** What is assigned: visitors, as far as they let us know them, or every page view by itself. */
  unit: "visitor" | "view";
  ranges: readonly Range[];
  /** The ranges that hold from a time on, in ms since 1970; before the first, `ranges`. */
  ramp?: readonly (readonly [since: number, ranges: readonly Range[]])[];
  /** Other hashes of the unit that must be in a range for it to take part. */
  gates?: readonly (readonly [seed: string, hv: number, from: number, to: number])[];
  variants: readonly string[];
  layouts: readonly string[];
  cookie?: undefined;
}

/** A slot or notice that only the variants in `v` have; `t` is its tag, default `ad-slot`. */
export interface Marker {
  v: readonly number[];
  t?: string;
  a: Readonly<Record<string, string>>;
  /** Where it belongs, on a page that a framework takes over. */
  p?: Place;
}

/** Beside the `nth` (from 0) of the elements with this tag and this beginning of their text. */
export type Place = readonly [
  side: "before" | "after" | "end",
  tag: string,
  fingerprint: number,
  nth: number,
];

/** What the page's markers stand for. */
export interface Markers {
  /** Attributes that all markers of the page share. */
  attrs: Readonly<Record<string, string>>;
  markers: Readonly<Record<string, Marker>>;
}

/** What goes into a page once a framework has taken it over. */
export interface Late extends Markers {
  /** Names of the frameworks that may take it over, in one string. */
  by: string;
  /** Address of the code that puts it in. */
  file: string;
}

export interface HeadConfig extends Markers {
  exp: Experiment;
  consent: ConsentPolicy;
}

export interface PlacementConfig {
  /** Creative sizes allowed. */
  sizes: PerWindow<readonly Size[]>;
  /** How far ahead of the window a slot is filled, as a CSS `rootMargin`. */
  margin: PerWindow<string>;
  /** Adapters by name, tried in this order. */
  fill: readonly string[];
  /** Seconds after it was seen until another ad is asked for, and how often at most. */
  refresh?: { every: number; max: number | null };
  /** What this placement changes in the settings of an adapter. */
  ask?: Readonly<{ [adapter: string]: object }>;
}

/** What the settings of all adapters have. */
export interface Demand {
  /** An adapter that has not answered after so many ms counts as no-fill. */
  timeout: number;
  /** IAB vendors and TCF purposes that must be agreed to; without any, nobody is asked. */
  vendors: readonly number[];
  purposes: readonly number[];
  /** Where it may be asked all the same if consent is not given: then for limited ads only. */
  limited?: string;
}

/** How consent is told: by the page's own platform, one kind of it, GPC alone, or not at all. */
export type Requirement = "auto" | "tcf" | "gpp" | "gpc" | "none";

export interface Privacy {
  require: Requirement;
  /** So long an answer is waited for, in ms. */
  wait: number;
  /** Where the reader's country decides: which countries, and what holds there. */
  regions?: readonly (readonly [countries: readonly string[], require: Requirement])[];
}

export interface Creative {
  name: string;
  src: string;
  size: Size;
}

export interface LoaderConfig {
  v: 1;
  /** Generation of the placements folder. */
  gen: string;
  layout: string;
  lang: string;
  /** Where events go; null where the page's policy forbids to send them. */
  events: string | null;
  consent: ConsentPolicy;
  /** Windows at least this wide, in CSS px, take the desktop sizes. */
  wide: number;
  layouts: Readonly<Record<string, Readonly<Record<string, PlacementConfig>>>>;
  house: readonly Creative[];
  exp: Experiment | AssignedExperiment | null;
  /** Settings of the adapters that the placements name. */
  demand?: Readonly<{ [adapter: string]: Demand }>;
  /** Where the code of adapters lies that are loaded when they are first asked. */
  files?: Readonly<{ [adapter: string]: string }>;
  /** At most so many requests at a time. */
  parallel?: number;
  privacy?: Privacy;
  /** Whether the page carries a head script, which alone may then assign a variant. */
  head?: boolean;
}

/** The slots of a page that a framework takes over; call it while the script runs. */
export function readLate(): Late | null {
  const text = document.currentScript!.getAttribute("data-late");
  return text ? (JSON.parse(text) as Late) : null;
}

/** Our script's configuration as it is written; call it while the script runs, not later. */
export function configText(): string {
  return document.currentScript!.getAttribute("data-adweave")!;
}

export function readConfig<T>(): T {
  return JSON.parse(configText()) as T;
}
