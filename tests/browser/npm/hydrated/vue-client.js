import { makeApp } from "./vue-app.js";

const [, kind] = location.pathname.split("/");
const take = () => makeApp(location.pathname, kind.includes("async")).mount("#app");
if (kind.includes("late")) setTimeout(take, 1_500);
else take();
