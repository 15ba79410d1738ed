/** Where the focus goes when what is in front changes under whoever works by keyboard: to the heading of what came. */
import { useEffect, useRef } from "preact/hooks";

/** What a heading is given so that reading goes on there, anew for each key. */
export function useArrival(key: unknown = "") {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [key]);
  return { ref: title, tabIndex: -1 };
}
