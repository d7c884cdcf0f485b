// Draws the previews again while somebody edits a form that names where they are drawn (data-preview). Nothing is saved
// by it; without script the form's *Preview* button does the same.
(() => {
  const PAUSE = 350;
  let waiting, latest = 0;

  function show(drawn) {
    document.querySelectorAll("iframe[data-page]").forEach((frame) => {
      const page = drawn[frame.dataset.page];
      if (page && frame.srcdoc !== page) frame.srcdoc = page;
    });
    const subject = document.querySelector("[data-subject]");
    if (subject && drawn.subject) subject.textContent = drawn.subject;
    const notes = document.querySelector("[data-notes]");
    if (notes && drawn.notes) notes.replaceChildren(...drawn.notes.map(line));
  }

  function line(text) {
    const made = document.createElement("li");
    made.textContent = text;
    return made;
  }

  async function draw(form) {
    const mine = ++latest;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    if (!answer.ok || mine !== latest) return;
    show(await answer.json());
  }

  function soon(event) {
    const form = event.target.closest("form[data-preview]");
    if (!form) return;
    twin(event.target);
    clearTimeout(waiting);
    waiting = setTimeout(() => draw(form).catch(() => {}), PAUSE);
  }

  // A colour has a field to type it and one to pick it: each follows the other.
  function twin(field) {
    const other = field.dataset.twin && document.getElementById(field.dataset.twin);
    if (other && /^#[0-9a-f]{6}$/i.test(field.value)) other.value = field.value;
  }

  document.addEventListener("input", soon);
  document.addEventListener("change", soon);
})();
