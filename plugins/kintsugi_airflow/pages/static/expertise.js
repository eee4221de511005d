// Sends decisions about patterns: what one would touch is shown first. The buttons are hidden without this script.
(() => {
  const main = document.querySelector("main.is-expertise");
  if (!main) return;
  main.classList.add("has-script");
  const aloud = document.querySelector("#said");
  const WORDS = { retire: "Retire", rollback: "Roll back", restore: "Restore" };

  const say = (item, words) => {
    item.querySelector(".said-so").textContent = words;
    aloud.textContent = `${item.querySelector("summary b").textContent}: ${words}`;
  };
  const asked = async (address, options) => {
    const response = await fetch(address, { headers: { accept: "application/json" }, ...options });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Error(typeof answer.detail === "string" ? answer.detail : answer.what || `the server answered ${response.status}`);
  };
  const fold = (item, folded) => {
    item.querySelector(".judge form").hidden = folded;
    item.querySelector(".judge .ask-first").hidden = !folded;
  };

  const ask = async (item, verb) => {
    const form = item.querySelector(".judge form");
    try {
      const { changes } = await asked(item.dataset[verb]);
      if (!changes.length) {
        say(item, "There is nothing to change.");
        return;
      }
      const names = changes.map((each) => each.was === each.now ? `${each.name} stays ${each.now}: ${each.reason}` : `${each.name} (${each.was || "new"} → ${each.now})`);
      form.querySelector(".touches").textContent = `${WORDS[verb]}: ${names.join("; ")}`;
      form.dataset.verb = verb;
      say(item, "");
      fold(item, false);
      form.elements.reason.focus();
    } catch (error) {
      say(item, `That did not work: ${error.message}`);
    }
  };

  main.addEventListener("click", (event) => {
    const button = event.target.closest(".judge button[data-do]");
    const item = button?.closest(".pattern");
    if (!item) return;
    if (button.dataset.do === "keep") {
      fold(item, true);
      item.querySelector(".judge .ask-first button").focus();
    } else ask(item, button.dataset.do);
  });
  main.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest(".judge form");
    if (form) form.querySelector("[data-do=keep]").click();
  });
  main.addEventListener("submit", async (event) => {
    const form = event.target.closest(".judge form");
    if (!form) return;
    event.preventDefault();
    const item = form.closest(".pattern");
    const headers = { "content-type": "application/json", accept: "application/json" };
    const body = JSON.stringify({ reason: form.elements.reason.value });
    fold(item, true);
    item.querySelector("summary").focus();
    try {
      const { changed, run } = await asked(item.dataset[form.dataset.verb], { method: "POST", headers, body });
      const published = run ? "a run of refine publishes it" : "the next run of refine publishes it";
      await main.refresh?.();
      const now = document.getElementById(item.id) || item;
      say(now, changed.length ? `Done for ${changed.length}: ${published}.` : "There was nothing to change.");
      now.querySelector("summary").focus();
    } catch (error) {
      say(item, `That did not work: ${error.message}`);
    }
  });

  // A link to a pattern opens it.
  const openPattern = () => {
    const target = location.hash.startsWith("#pattern-") && document.getElementById(location.hash.slice(1));
    if (target) target.querySelector("details").open = true;
  };
  addEventListener("hashchange", openPattern);
  openPattern();
})();
