// Keeps what is shown up to date: asks for the same page again and puts its content in the place of the old one.
(() => {
  "use strict";
  const shown = () => document.querySelector("[data-refresh]");
  if (!shown()) return;
  const told = document.getElementById("told");
  let headline = shown().dataset.told;

  async function refresh() {
    if (document.hidden) return;
    const open = [...document.querySelectorAll("details")].map((one) => one.open);
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]");
    const old = shown();
    // Nobody is interrupted who is reading by keyboard, or marks something.
    if (!fresh || old.contains(document.activeElement) || String(getSelection())) return;
    old.replaceWith(document.adoptNode(fresh));
    document.querySelectorAll("details").forEach((one, place) => { one.open = open[place] || false; });
    document.title = page.title;
    if (fresh.dataset.told && fresh.dataset.told !== headline) {
      headline = fresh.dataset.told;
      told.textContent = headline;
    }
  }

  const again = () => refresh().catch(() => {});  // the server is away: the page says as of when it is
  setInterval(again, Number(shown().dataset.refresh) * 1000);
  document.addEventListener("visibilitychange", again);
})();
