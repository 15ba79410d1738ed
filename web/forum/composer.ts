/**
 * Lists topics like the title that somebody writes, beside where they write it.
 *
 * It asks the page's own community alone, once for each pause in the typing and never for the same title twice in a row,
 * and stores nothing. What comes back is a piece of a page, of which the texts and links are taken. Without it the form
 * has a button that does the same.
 */

/** After how long a pause is asked, in milliseconds, and from how many letters on. */
const PAUSE = 350;
const FEWEST = 3;

/** Keeps a list up to date with a field. */
function follow(box: HTMLElement, field: HTMLInputElement, address: string): void {
  const said = box.querySelector<HTMLElement>("[role=status]");
  const list = box.querySelector("ul");
  if (!said || !list) return;
  const empty = said.textContent ?? "";
  let asked = "";
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;

  const show = (text: string, entries: Iterable<Node>) => {
    if (said.textContent !== text) said.textContent = text;
    list.replaceChildren(...entries);
  };
  const ask = async () => {
    const title = field.value.trim();
    if (title === asked) return;
    running?.abort();
    asked = title;
    if (title.length < FEWEST) {
      show(empty, []);
      return;
    }
    running = new AbortController();
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new URLSearchParams({ title }),
        signal: running.signal,
        redirect: "error",
      });
      if (!answer.ok) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      show(page.querySelector("p")?.textContent ?? "", page.querySelectorAll("li"));
    } catch (reason) {
      // What was asked since is on its way; else nothing is better than what belongs to another title.
      if (reason instanceof DOMException && reason.name === "AbortError") return;
      asked = "";
      show(empty, []);
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void ask(), PAUSE);
  });
  // A draft, or a form that was refused, has its title already; what the page lists of it stays.
  if (list.children.length) asked = field.value.trim();
  else void ask();
}

const box = document.querySelector<HTMLElement>("[data-similar]");
const field = document.querySelector<HTMLInputElement>("#title");
if (box?.dataset.similar && field) follow(box, field, box.dataset.similar);
