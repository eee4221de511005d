// Makes the page pleasant; everything works without it except leaving Airflow's frame.
(() => {
  const framed = window.parent !== window;

  // Airflow's frame is sandboxed: a link can't leave it by itself. A link in the parent's own document can.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.airflow");
    if (!link || !framed || event.button !== 0) return;
    event.preventDefault();
    const outside = parent.document.createElement("a");
    outside.href = link.dataset.framed || link.href;
    if (event.ctrlKey || event.metaKey || event.shiftKey) outside.target = "_blank";
    outside.click();
  });

  // A citation's number opens the citation.
  const openCitation = () => {
    const target = location.hash.startsWith("#citation-") && document.getElementById(location.hash.slice(1));
    if (target) target.querySelector("details").open = true;
  };
  addEventListener("hashchange", openCitation);
  openCitation();

  const form = document.querySelector("#ask form");
  form?.addEventListener("submit", () => form.classList.add("is-busy"));
  addEventListener("pageshow", () => form?.classList.remove("is-busy"));

  // Keeps the figures fresh without touching the question, its answer or what has been unfolded.
  const main = document.querySelector("main[data-fresh]");
  if (!main) return;
  const fresh = async ({ whatever = false } = {}) => {
    if (!whatever && (document.hidden || form?.classList.contains("is-busy") || String(getSelection()))) return;
    let text;
    try {
      const response = await fetch(main.dataset.fresh, { headers: { accept: "text/html" } });
      if (!response.ok) return;
      text = await response.text();
    } catch {
      return;
    }
    const next = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const replacement = next.querySelector(`[data-live="${part.dataset.live}"]`);
      if (!replacement || (!whatever && part.contains(document.activeElement))) continue;
      for (const seen of part.querySelectorAll("details[id]")) {
        const same = replacement.querySelector(`#${CSS.escape(seen.id)}`);
        if (same) same.open = seen.open;
      }
      part.replaceChildren(...replacement.childNodes);
    }
  };
  setInterval(fresh, 10000);
  // Who has just changed something sees at once what became of it, wherever the focus is.
  main.refresh = () => fresh({ whatever: true });
})();
