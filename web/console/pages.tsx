/** What the pages of several sections are made of: a heading, a list beside what is open, and what stands there. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../shared/icons.tsx";
import { List } from "./list.tsx";
import type { Paged } from "./privacy/data.ts";

/** The heading of a page: what it is, what it is for, and what can be done; `back` leads to the section's pages. */
export function PageHeading(props: {
  title: string;
  lead?: string | undefined;
  back?: { href: string; label: string } | undefined;
  children?: ComponentChildren;
}) {
  return (
    <header class={props.back ? "heading" : "heading alone"}>
      {props.back && (
        <a class="button plain icon to-places" href={props.back.href} aria-label={props.back.label}>
          <Icon name="back" />
        </a>
      )}
      <div>
        <h2>{props.title}</h2>
        {props.lead && <p>{props.lead}</p>}
      </div>
      {props.children && <div class="heading-actions">{props.children}</div>}
    </header>
  );
}

/** A list, and beside it or in its place what is open. */
export function Sides(props: { list: ComponentChildren; opened: boolean; children: ComponentChildren }) {
  return (
    <div class={`split ${props.opened ? "opened" : ""}`}>
      <div class="split-list">{props.list}</div>
      <div class="split-main">{props.children}</div>
    </div>
  );
}

/** What stands beside a list while nothing is open. */
export function Nothing({ title, text }: { title: string; text: string }) {
  return (
    <div class="list-state middle">
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

/**
 * A list of which one thing is open beside it. `open` is the id in the address, `to` leads to one, `view` names the way
 * in which the list is looked at, and `above` stands over it; without children, `pick` says what stands there.
 */
export function Browse<T extends { id: string }>(props: {
  list: Paged<T>;
  label: string;
  view?: string;
  above?: ComponentChildren;
  open: string;
  to: (id: string) => string;
  row: (each: T) => ComponentChildren;
  empty: { title: string; text: string };
  pick: { title: string; text: string };
  children: ComponentChildren;
}) {
  const { list } = props;
  return (
    <Sides
      opened={props.open !== ""}
      list={
        <>
          {props.above}
          <div class="rows">
            <List
              key={props.view}
              label={props.label}
              items={list.items.value}
              state={list.state.value}
              more={list.next.value !== ""}
              itemKey={({ id }) => id}
              href={({ id }) => props.to(id)}
              current={props.open}
              row={props.row}
              empty={props.empty}
              load={list.load}
              loadMore={list.loadMore}
            />
          </div>
        </>
      }
    >
      {props.children || <Nothing {...props.pick} />}
    </Sides>
  );
}

/** What is open: its title, where it stands, what can be done with it, and the rest; `id` says which one it is. */
export function Opened(props: {
  id: string;
  title: string;
  back: { to: () => void; label: string };
  tags?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Reading goes on here, by keyboard and by screen reader.
    title.current?.focus({ preventScroll: true });
  }, [props.id]);
  return (
    <article class="detail">
      <header>
        <button type="button" class="button plain icon back" aria-label={props.back.label} onClick={props.back.to}>
          <Icon name="back" />
        </button>
        <h2 ref={title} tabIndex={-1} dir="auto">
          {props.title}
        </h2>
        {props.tags}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="detail-body" role="group" aria-label={props.title} tabIndex={0}>
        {props.children}
        {props.actions && <div class="detail-actions">{props.actions}</div>}
      </div>
    </article>
  );
}

/** What stands in a place while it is read; where it cannot be, what happened, and what can be done. */
export function NotYet(props: {
  isLoading: boolean;
  loading: string;
  title: string;
  text: string;
  children: ComponentChildren;
}) {
  if (props.isLoading) {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{props.loading}</span>
      </div>
    );
  }
  return (
    <div class="list-state middle" role="alert">
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      <div class="pair">{props.children}</div>
    </div>
  );
}
