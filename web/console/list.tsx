/**
 * The list that every section uses: rows that lead somewhere, with loading, empty and error states and pages by key.
 *
 * It owns moving through the rows by arrow keys (and, through `step`, by the J and K of a section's commands). What a row
 * shows and where it leads belongs to the section.
 */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { t } from "./words/en.ts";

/** Where the reading of a list stands. */
export type Loading = "idle" | "loading" | "more" | "ready" | "failed";

export interface ListOptions<T> {
  label: string;
  items: readonly T[];
  state: Loading;
  more: boolean;
  itemKey: (item: T) => string;
  href: (item: T) => string;
  /** The key of the row that is open. */
  current: string;
  row: (item: T) => ComponentChildren;
  empty: { title: string; text: string };
  load: () => void;
  loadMore: () => void;
}

/** Moves the focus among the rows of the list on the page; from nowhere to the open one, or to the first. */
export function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-list] a")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const open = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = at >= 0 ? at + by : open >= 0 ? open + by : 0;
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
}

function Skeleton() {
  return (
    <div role="status">
      <span class="unseen">{t("list.loading")}</span>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="row skeleton" aria-hidden="true">
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}

/** A list. */
export function List<T>(options: ListOptions<T>) {
  const { items, state } = options;
  const box = useRef<HTMLUListElement>(null);
  if (items.length === 0 && (state === "loading" || state === "idle")) return <Skeleton />;
  if (items.length === 0 && state === "failed") {
    return (
      <div class="list-state" role="alert">
        <p>{t("list.failed")}</p>
        <button type="button" class="button" onClick={options.load}>
          {t("list.retry")}
        </button>
      </div>
    );
  }
  if (items.length === 0) {
    return (
      <div class="list-state">
        <h2>{options.empty.title}</h2>
        <p>{options.empty.text}</p>
      </div>
    );
  }
  return (
    <>
      <ul
        ref={box}
        data-list
        aria-label={options.label}
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          step(by);
        }}
      >
        {items.map((item) => (
          <li key={options.itemKey(item)}>
            <a
              class="row"
              href={options.href(item)}
              aria-current={options.itemKey(item) === options.current ? "true" : undefined}
            >
              {options.row(item)}
            </a>
          </li>
        ))}
      </ul>
      {state === "failed" && (
        <p class="list-state" role="alert">
          {t("list.failed")}{" "}
          <button type="button" class="link" onClick={options.load}>
            {t("list.retry")}
          </button>
        </p>
      )}
      {options.more && (
        <button type="button" class="button plain more" onClick={options.loadMore} aria-disabled={state === "more"}>
          {state === "more" ? t("list.more.loading") : t("list.more")}
        </button>
      )}
    </>
  );
}
