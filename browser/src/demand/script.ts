/**
 * A vendor's own script, fetched once for all slots of a page.
 *
 * Under `require-trusted-types-for 'script'` the address goes through a policy of ours, which
 * gives back only addresses that the site's configuration names. Where the page allows no
 * such policy, the script can't be had, and the adapter has no fill.
 */

interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
    };
    adweaveScripts?: { [url: string]: Promise<unknown> };
  }
}

const POLICY = "adweave";
let policy: ScriptPolicy | undefined;

/** Settles once the script has run; rejects when it is blocked or can't be fetched. */
export function fetched(url: string, nonce: string, attributes: object = {}): Promise<unknown> {
  const known = (window.adweaveScripts ??= {});
  return (known[url] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const absolute = new URL(url, document.baseURI).href;
    const isOurs = (asked: string): string => {
      if (asked === absolute) return asked;
      throw new TypeError(`not an address of the configuration: ${asked}`);
    };
    policy = window.trustedTypes?.createPolicy(POLICY, { createScriptURL: isOurs });
    Object.assign(script, attributes, { async: true, nonce });
    script.onload = resolve;
    script.onerror = reject;
    script.src = (policy?.createScriptURL(absolute) ?? absolute) as string;
    document.head.append(script);
  }));
}
