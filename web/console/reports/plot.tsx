/** A plot of bars, drawn here: one bar for each row, each with its number in words for who does not see it. */
import { t } from "./words.ts";

/** One bar. */
export interface Bar {
  key: string;
  value: number;
  /** The number in words. */
  words: string;
}

const WIDTH = 800;
const HEIGHT = 220;
const FOOT = 24;
const MOST_NAMES = 12;
/** How many letters find room under the plot on a phone. */
const LETTERS = 50;

/** A round number that is not less, for the top of a scale. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

/** The plot. The table beside it holds the same numbers. */
export function Plot({ title, bars, scale }: { title: string; bars: readonly Bar[]; scale: (top: number) => string }) {
  const top = roundUp(Math.max(0, ...bars.map(({ value }) => value)));
  const step = WIDTH / Math.max(1, bars.length);
  const height = HEIGHT - FOOT;
  const longest = Math.max(1, ...bars.map(({ key }) => key.length));
  const every = Math.ceil(bars.length / Math.min(MOST_NAMES, Math.max(2, Math.floor(LETTERS / longest))));
  return (
    <figure class="plot">
      <figcaption>
        {title} <span class="soft">{scale(top)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title} preserveAspectRatio="none">
        {[0, 0.5, 1].map((part) => (
          <line key={part} class="grid" x1="0" x2={WIDTH} y1={height * (1 - part)} y2={height * (1 - part)} />
        ))}
        {bars.map(({ key, value, words }, at) => (
          <rect
            key={key}
            class="bar"
            x={at * step + step * 0.15}
            y={height * (1 - value / top)}
            width={step * 0.7}
            height={Math.max(value > 0 ? 1 : 0, (height * value) / top)}
          >
            <title>{t("plot.value", { key, value: words })}</title>
          </rect>
        ))}
      </svg>
      <ol class="plot-names" aria-hidden="true">
        {bars.map(({ key }, at) => (
          <li key={key}>{at % every === 0 ? key : ""}</li>
        ))}
      </ol>
    </figure>
  );
}
