// Shows a button that copies a field of the page, where the browser lets us.
(() => {
  function offer(button) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  async function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
  }

  if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(offer);
})();
