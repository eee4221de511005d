// Sends decisions about refusals, and says how they went. The buttons are hidden without this script.
(() => {
  const main = document.querySelector("main.is-quarantine");
  if (!main) return;
  main.classList.add("has-script");
  const aloud = document.querySelector("#said");
  const WORDS = {
    "under way": "Release under way …",
    released: "Released: it is taken in, and published in a moment.",
    dropped: "Dropped.",
    "refused again": "Refused again: the reason stands beside it.",
    "the run failed": "Its release run failed: see the run.",
  };

  const say = (item, words) => {
    const said = item.querySelector(".said-so");
    if (said) said.textContent = words;
    aloud.textContent = `${item.querySelector("h3").textContent}: ${words}`;
  };
  const enable = (item, on) => {
    for (const button of item.querySelectorAll(".decide button")) button.disabled = !on;
  };

  const asked = async (address, options) => {
    const response = await fetch(address, { headers: { accept: "application/json" }, ...options });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Error(typeof answer.detail === "string" ? answer.detail : answer.what || `the server answered ${response.status}`);
  };

  // The page is drawn anew every ten seconds: the item is looked up by its id each time.
  const current = (id) => document.getElementById(`refusal-${id}`);
  const followed = new Set();
  const follow = async (id) => {
    if (followed.has(id)) return;
    followed.add(id);
    for (let patience = 150; patience && current(id); patience -= 1) {
      await new Promise((go) => setTimeout(go, 2000));
      const item = current(id);
      if (!item) break;
      let step;
      try {
        step = (await asked(item.dataset.ask)).step;
      } catch {
        continue;
      }
      if (step === "under way" || step === "held") continue;
      settle(item, step);
      break;
    }
    followed.delete(id);
  };
  const settle = (item, step) => {
    say(item, WORDS[step] || step);
    item.classList.toggle("is-settled", step === "released" || step === "dropped");
    enable(item, step === "refused again" || step === "the run failed");
  };

  const send = async (item, decision) => {
    item.querySelector("h3").focus();
    enable(item, false);
    item.querySelector(".sure").hidden = true;
    item.querySelector(".ask-first").hidden = false;
    say(item, decision === "release" ? WORDS["under way"] : "Dropping …");
    const headers = { "content-type": "application/json", accept: "application/json" };
    try {
      const { step } = await asked(item.dataset[decision], { method: "POST", headers, body: "{}" });
      if (step === "under way") follow(item.dataset.id);
      else settle(item, step);
    } catch (error) {
      say(item, `That did not work: ${error.message}`);
      enable(item, true);
    }
  };

  main.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    const item = button?.closest(".refusal");
    if (!item) return;
    const { do: what } = button.dataset;
    if (what === "release" || what === "drop") {
      send(item, what);
      return;
    }
    const asks = what === "ask";
    item.querySelector(".sure").hidden = !asks;
    item.querySelector(".ask-first").hidden = asks;
    item.querySelector(asks ? "[data-do=keep]" : "[data-do=ask]").focus();
  });
  main.addEventListener("keydown", (event) => {
    const sure = event.key === "Escape" && event.target.closest(".sure");
    if (sure) sure.querySelector("[data-do=keep]").click();
  });
  for (const item of document.querySelectorAll("[data-under-way]")) follow(item.dataset.id);
})();
