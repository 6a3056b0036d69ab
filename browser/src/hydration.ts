/**
 * How it shows that a framework has taken over what a place stands in.
 *
 * Each framework's own sign, as none tells the page: React keeps keys on the nodes themselves;
 * Vue 3 leaves its application at the root once it is mounted, and its tree says what is still
 * to come (asynchronous components, Suspense); Svelte 5 prepares the prototype of elements in
 * the task in which it hydrates; Astro takes an attribute off an island that lives.
 */

const REACT_KEY = /^__react(?:Fiber|Props|InternalInstance|Container)\$/;

/** What of a node of Vue's tree is looked at; Vue 3.0 to 3.5 call it so in all builds. */
interface VNode {
  type: { __asyncLoader?: unknown; __asyncResolved?: unknown };
  component?: {
    isMounted: boolean;
    asyncDep?: unknown;
    asyncResolved: boolean;
    subTree?: VNode;
  } | null;
  suspense?: { isHydrating: boolean; deps: number; activeBranch?: VNode | null } | null;
  children: unknown;
}

interface VueRoot extends Element {
  __vue_app__?: { $nuxt?: { isHydrating?: boolean } };
  _vnode?: VNode;
}

const SIGNS: { [framework: string]: (element: Element) => boolean } = {
  react: (element) => Object.keys(element).some((key) => REACT_KEY.test(key)),
  vue(element) {
    for (let at: VueRoot | null = element; at; at = at.parentElement) {
      const app = at.__vue_app__;
      if (app) return !app.$nuxt?.isHydrating && !(at._vnode && isPending(at._vnode));
    }
    return false;
  },
  svelte: () => Object.prototype.hasOwnProperty.call(Element.prototype, "__e"),
  astro: (element) => !element.closest("astro-island[ssr]"),
};

/** Whether some part of Vue's tree has not taken over its markup yet. */
function isPending({ type, component, suspense, children }: VNode): boolean {
  if (type?.__asyncLoader && !type.__asyncResolved) return true;
  if (suspense) {
    const { isHydrating, deps, activeBranch } = suspense;
    return isHydrating || deps > 0 || (!!activeBranch && isPending(activeBranch));
  }
  if (component) {
    const { isMounted, asyncDep, asyncResolved, subTree } = component;
    return !isMounted || (!!asyncDep && !asyncResolved) || (!!subTree && isPending(subTree));
  }
  return (
    Array.isArray(children) &&
    children.some((child) => !!child && typeof child === "object" && isPending(child as VNode))
  );
}

/** `frameworks`: names of those that may take the place over, in one string. */
export function isTaken(element: Element, frameworks: string): boolean {
  return frameworks.split(" ").some((name) => SIGNS[name]?.(element));
}
