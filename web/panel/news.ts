/**
 * Counts what was said that the visitor has not seen, and says when to call the visitor.
 *
 * It owns the one rule: what is said while somebody looks at the panel is seen, and nothing else is news. Whoever looks
 * away, at another tab as much as at the page behind the minimised panel, is called and finds the number. It reads no
 * page and makes no sound.
 */

/** What the other side said so far, as sequences in order, and how far it was read. */
export interface Said {
  theirs: readonly number[];
  /** The last entry before which there is no hole. */
  cursor: number;
  /** How far the visitor has read, here or elsewhere, as the server knows it. */
  read: number;
}

/** The news of one conversation on one page. */
export class News {
  private seen = 0;
  private called: number | undefined;

  /** Takes what is there now; returns how much of it is unseen, and whether the visitor is to be called. */
  look({ theirs, cursor, read }: Said, present: boolean): { unseen: number; calls: boolean } {
    if (present) this.seen = Math.max(this.seen, cursor);
    const last = theirs.at(-1) ?? 0;
    // What was there before the page is no news.
    const fresh = this.called !== undefined && last > this.called;
    this.called = Math.max(last, this.called ?? 0);
    const seen = Math.max(this.seen, read);
    return { unseen: present ? 0 : theirs.filter((sequence) => sequence > seen).length, calls: fresh && !present };
  }
}
