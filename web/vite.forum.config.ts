/**
 * Builds the scripts of the communities' pages, each by a mode of its own: classic ones, which the gateway serves under
 * hashed names.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig(({ mode }) => {
  const name = mode === "composer" ? "composer" : "calculator";
  return {
    publicDir: false,
    build: {
      outDir: "dist/forum",
      emptyOutDir: name === "calculator",
      target: "es2022",
      reportCompressedSize: false,
      lib: {
        entry: fileURLToPath(new URL(`forum/${name}.ts`, import.meta.url)),
        formats: ["iife"],
        name: `parley${name}`,
        fileName: () => `${name}.js`,
      },
    },
  };
});
