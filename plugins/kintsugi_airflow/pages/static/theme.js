// Follows Airflow's light and dark mode: the page lives in a frame of the same origin, so the setting can be read here.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme") || localStorage.getItem("chakra-ui-color-mode");
    } catch {
      return null;
    }
  };
  const follow = () => {
    const mode = chosen();
    root.dataset.theme = mode === "dark" || mode === "light" ? mode : system.matches ? "dark" : "light";
  };
  follow();
  addEventListener("storage", follow);
  system.addEventListener("change", follow);
})();
