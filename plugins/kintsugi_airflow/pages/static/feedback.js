// Takes a word on an answer to the server. The buttons are hidden without this script: there would be nothing behind them.
(() => {
  const box = document.querySelector(".feedback");
  if (!box) return;
  box.hidden = false;
  const buttons = [...box.querySelectorAll("button")];
  const said = box.querySelector(".said-so");

  const tell = async (button) => {
    const useful = button.dataset.useful === "true";
    const { to, question, generation, documents } = box.dataset;
    const body = JSON.stringify({ question, generation, documents: documents.split(" "), useful });
    for (const each of buttons) each.disabled = true;
    said.textContent = "";
    try {
      const headers = { "content-type": "application/json", accept: "application/json" };
      const response = await fetch(to, { method: "POST", headers, body });
      if (!response.ok) {
        const why = await response.json().catch(() => ({}));
        throw new Error(typeof why.detail === "string" ? why.detail : why.what || `the server answered ${response.status}`);
      }
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      said.textContent = useful ? "Thank you. Later generations have to find this." : "Thank you. These documents do not count for this question.";
    } catch (error) {
      said.textContent = `That was not kept: ${error.message}`;
    } finally {
      for (const each of buttons) each.disabled = false;
    }
  };
  for (const button of buttons) button.addEventListener("click", () => tell(button));
})();
