/* Shows the page anew when the placements change. */
"use strict";
(function follow(known) {
  fetch("/version").then((answer) => answer.text()).then((now) => {
    if (known !== null && now !== known) location.reload();
    return now;
  }).catch(() => known).then((now) => setTimeout(follow, 700, now));
})(null);
