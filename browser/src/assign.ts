/**
 * Who gets which variant: the same buckets as GrowthBook's SDKs (specification 0.7.1).
 *
 * Pure. The server works out the ranges from weights and traffic, so that here only the hash
 * and a look-up are left. The server's own copy is `adweave.experiments.assignment`; both
 * are tested with the same published vectors.
 */

import type { Experiment } from "./config.ts";

/** A half-open interval of hash values: [from, to). */
export type Range = readonly [from: number, to: number];

/** FNV-1a, 32 bits, over UTF-16 code units. Source: Fowler, Noll, Vo; RFC 9923. */
export function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/** The unit's place in [0, 1), or null for a hash version that is not known here. */
export function hashUnit(seed: string, unit: string, version: number): number | null {
  if (version === 2) return (fnv1a(fnv1a(seed + unit) + "") % 10000) / 10000;
  if (version === 1) return (fnv1a(unit + seed) % 1000) / 1000;
  return null;
}

/** Index of the range that holds `place`; -1 when it is in none: not in the experiment. */
export function chooseVariant(place: number | null, ranges: readonly Range[]): number {
  return place === null ? -1 : ranges.findIndex(([from, to]) => place >= from && place < to);
}

/** Index of the unit's variant at a time, in ms since 1970; -1: it takes no part. */
export function variantOf(
  exp: Pick<Experiment, "seed" | "hv" | "ranges" | "ramp" | "gates">,
  unit: string,
  now: number,
): number {
  let { ranges } = exp;
  for (const [since, later] of exp.ramp ?? []) if (since <= now) ranges = later;
  for (const [seed, hv, ...range] of exp.gates ?? []) {
    if (chooseVariant(hashUnit(seed, unit, hv), [range])) ranges = [];
  }
  return chooseVariant(hashUnit(exp.seed, unit, exp.hv), ranges);
}
