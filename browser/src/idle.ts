/** Work that can wait while the page loads. */

/** It waits so long for a pause of the browser's, in ms. */
const PATIENCE_MS = 300;

/** Calls back when the browser has nothing more urgent to do, and soon in any case. */
export function whenIdle(act: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(act, { timeout: PATIENCE_MS });
  else setTimeout(act);
}
