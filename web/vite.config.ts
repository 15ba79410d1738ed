/** Builds panel and console: two pages of static, hashed files, without a line of inline script or style. */
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Puts the design tokens beside the pages, for what the gateway renders on the server. */
function tokens(): Plugin {
  return {
    name: "parley-tokens",
    writeBundle: ({ dir }) => copyFileSync(here("shared/tokens.css"), `${dir}/tokens.css`),
  };
}

export default defineConfig({
  root: here("."),
  base: "/",
  publicDir: false,
  plugins: [tokens()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // Inlined assets would be data: addresses, which the policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { panel: here("panel/index.html"), console: here("console/index.html") },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
