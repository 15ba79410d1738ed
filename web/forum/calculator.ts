/**
 * Calculates what a community asks of whoever has no account, while they fill in the form.
 *
 * One file is both: on a page it waits until somebody begins with the form and hands the challenge to a worker, and in
 * the worker it tries numbers. Where there is no worker, the page tries them itself, a slice at a time. It asks nobody
 * for anything, stores nothing, and takes nothing away: a form that it could not calculate for is sent as it is.
 */

/** How many numbers are tried before anything else may happen, and how many altogether. */
const SLICE = 256;
const MOST = 10_000_000;
/** After how long somebody who waits is told so, in milliseconds. */
const PATIENCE = 700;

const bytes = new TextEncoder();

/** Returns a challenge with the number behind it that solves it; one that is none comes back as it is. */
async function solved(challenge: string): Promise<string> {
  const parts = challenge.split(".");
  const target = parts[3];
  if (parts.length !== 5 || target === undefined) return challenge;
  const salt = parts.slice(0, 3).join(".");
  const first = Number.parseInt(target.slice(0, 8), 16);
  for (let from = 0; from < MOST; from += SLICE) {
    const numbers = Array.from({ length: SLICE }, (_, at) => from + at);
    const hashes = await Promise.all(
      numbers.map((number) => crypto.subtle.digest("SHA-256", bytes.encode(`${salt}.${number}`))),
    );
    const found = hashes.findIndex((hash) => new DataView(hash).getUint32(0) === first && written(hash) === target);
    if (found >= 0) return `${challenge}.${from + found}`;
    // On a page, whatever somebody typed meanwhile comes first.
    if (typeof document !== "undefined") await new Promise((go) => setTimeout(go));
  }
  return challenge;
}

function written(hash: ArrayBuffer): string {
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function inWorker(challenge: string, address: string): Promise<string> {
  return new Promise((done, fail) => {
    const worker = new Worker(address);
    worker.onmessage = (event: MessageEvent<string>) => {
      worker.terminate();
      done(event.data);
    };
    worker.onerror = () => {
      worker.terminate();
      fail(new Error("no worker"));
    };
    worker.postMessage(challenge);
  });
}

/** Has a form wait for its calculation, which begins as soon as somebody does. */
function guard(field: HTMLInputElement, address: string): void {
  const form = field.form;
  // Where nothing can be calculated, the page goes on saying what happens instead.
  if (!form || !crypto.subtle) return;
  form.querySelector("[data-slow]")?.remove();
  const status = form.querySelector<HTMLElement>("[data-said]");
  let work: Promise<void> | undefined;
  let isDone = false;
  let isWaiting = false;
  const begin = () => {
    work ??= inWorker(field.value, address)
      .catch(() => solved(field.value))
      .then((proof) => {
        field.value = proof;
      })
      .catch(() => undefined)
      .then(() => {
        isDone = true;
      });
    return work;
  };
  form.addEventListener("focusin", begin);
  form.addEventListener("input", begin);
  form.addEventListener("submit", (event) => {
    if (isDone) return;
    event.preventDefault();
    if (isWaiting) return;
    isWaiting = true;
    const telling = setTimeout(() => {
      if (status) status.textContent = status.dataset.said ?? "";
    }, PATIENCE);
    const button = event.submitter;
    void begin().then(() => {
      clearTimeout(telling);
      if (status) status.textContent = "";
      form.requestSubmit(button);
    });
  });
}

if (typeof document === "undefined") {
  addEventListener("message", (event: MessageEvent<string>) => {
    void solved(event.data).then((proof) => postMessage(proof));
  });
} else {
  const address = (document.currentScript as HTMLScriptElement).src;
  for (const field of document.querySelectorAll<HTMLInputElement>('input[type="hidden"][name="proof"]')) {
    guard(field, address);
  }
}
