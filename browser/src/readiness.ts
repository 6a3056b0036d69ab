/** Calls back once somebody looks at the page: not while it is prerendered or in the background. */
export function whenSeen(start: () => void): void {
  // A prerendered page is "hidden" as well, and turns visible when it is activated.
  if (document.visibilityState === "visible") return start();
  const check = (): void => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", check);
    start();
  };
  document.addEventListener("visibilitychange", check);
}
