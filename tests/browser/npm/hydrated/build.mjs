/**
 * Renders the stories with Vue and Svelte and bundles what takes them over in the browser:
 * development builds, which say aloud what they find other than they would have made it, and
 * Vue's production build, which leaves fewer traces in the page. `node build.mjs DIR`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
mkdirSync(out, { recursive: true });

const svelte = (generate) => ({
  name: "svelte",
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, "utf8"), {
        filename: path,
        generate,
        dev: generate === "client",
      }).js.code,
    }));
  },
});

function bundle(entry, name, mode = "development") {
  return build({
    absWorkingDir: here,
    entryPoints: [entry],
    outfile: join(out, name),
    bundle: true,
    format: "esm",
    conditions: ["browser", "module", "development"],
    alias: { vue: "vue/dist/vue.esm-bundler.js" },
    define: {
      "process.env.NODE_ENV": JSON.stringify(mode),
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
    },
    plugins: [svelte("client")],
    logLevel: "error",
  });
}

// Beside the packages, so that Node finds the framework from there.
const onServer = join(here, "../node_modules/.cache/Story.server.mjs");
await Promise.all([
  bundle("vue-client.js", "vue.js"),
  bundle("vue-client.js", "vue-production.js", "production"),
  bundle("svelte-client.js", "svelte.js"),
  build({
    absWorkingDir: here,
    entryPoints: ["Story.svelte"],
    outfile: onServer,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["svelte", "svelte/*"],
    plugins: [svelte("server")],
    logLevel: "error",
  }),
]);

const { renderToString } = await import("vue/server-renderer");
const { makeApp } = await import("./vue-app.js");
const { render } = await import("svelte/server");
const { default: Story } = await import(
  pathToFileURL(onServer).href
);
for (const name of ["one", "two"]) {
  const path = `/story/${name}`;
  for (const isLate of [false, true]) {
    const html = await renderToString(makeApp(path, isLate));
    writeFileSync(join(out, `vue-${isLate ? "async-" : ""}${name}.html`), html);
  }
  writeFileSync(join(out, `svelte-${name}.html`), render(Story, { props: { path } }).body);
}
