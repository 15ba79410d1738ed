/** What a page of the desk is made of: its heading, and what stands there while nothing else does. */
import type { ComponentChildren } from "preact";
import type { Standing } from "./data.ts";
import { t } from "./words.ts";

/** A page: heading, what can be added, and its rows or what stands in their place. */
export function Page(props: {
  title: string;
  lead: string;
  action?: ComponentChildren;
  standing: Standing;
  count: number;
  empty: { title: string; text: string };
  again: () => void;
  children: ComponentChildren;
}) {
  const { standing, count, empty } = props;
  return (
    <>
      <header class="column-head desk-head">
        <div>
          <h2>{props.title}</h2>
          <p>{props.lead}</p>
        </div>
        {props.action}
      </header>
      {count === 0 && (standing === "loading" || standing === "idle") && (
        <p class="list-state" role="status">
          <span class="spinner" /> {t("desk.loading")}
        </p>
      )}
      {standing === "failed" && (
        <p class="list-state" role="alert">
          {t("desk.failed")}{" "}
          <button type="button" class="link" onClick={props.again}>
            {t("desk.again")}
          </button>
        </p>
      )}
      {count === 0 && standing === "ready" && (
        <div class="list-state">
          <h3>{empty.title}</h3>
          <p>{empty.text}</p>
        </div>
      )}
      {count > 0 && props.children}
    </>
  );
}
