import { hydrate } from "svelte";
import Story from "./Story.svelte";

const take = () =>
  hydrate(Story, { target: document.getElementById("app"), props: { path: location.pathname } });
if (location.pathname.includes("late")) setTimeout(take, 1_500);
else take();
