import svelte from "@astrojs/svelte";
import vue from "@astrojs/vue";
import { defineConfig } from "astro/config";

export default defineConfig({
  integrations: [svelte(), vue()],
  devToolbar: { enabled: false },
});
