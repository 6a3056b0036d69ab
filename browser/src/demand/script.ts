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

/** What the adapters of a page share, each of which has its own copy of this module. */
interface Scripts {
  /** A page may forbid a second policy of the same name. */
  policy?: ScriptPolicy | undefined;
  /** The one address that the policy gives back. */
  wanted?: string | undefined;
  fetched: { [url: string]: Promise<unknown> };
}

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
    };
    adweaveScripts?: Scripts;
  }
}

const POLICY = "adweave";

/** Settles once the script has run; rejects when it is blocked or can't be fetched. */
export function fetched(url: string, nonce: string, attributes: object = {}): Promise<unknown> {
  const scripts = (window.adweaveScripts ??= { fetched: {} });
  return (scripts.fetched[url] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const absolute = new URL(url, document.baseURI).href;
    const createScriptURL = (asked: string): string => {
      if (asked === scripts.wanted) return asked;
      throw new TypeError(`not an address of the configuration: ${asked}`);
    };
    scripts.policy ??= window.trustedTypes?.createPolicy(POLICY, { createScriptURL });
    Object.assign(script, attributes, { async: true, nonce });
    script.onload = resolve;
    script.onerror = reject;
    scripts.wanted = absolute;
    script.src = (scripts.policy?.createScriptURL(absolute) ?? absolute) as string;
    scripts.wanted = undefined;
    document.head.append(script);
  }));
}
