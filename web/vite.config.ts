import { defineConfig } from "vite";

// BRICKYARD_HTTP: the server that `npm run dev` passes API calls on to.
const server = process.env.BRICKYARD_HTTP ?? "http://127.0.0.1:8080";
const doors = ["/api", "/ajax-api", "/ui/v1", "/serving-endpoints", "/explain"];

export default defineConfig({
  build: {
    target: "es2023",
    // A data: address would need a looser content security policy.
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    reportCompressedSize: false,
  },
  server: { proxy: Object.fromEntries(doors.map((door) => [door, server])) },
  test: { include: ["test/**/*.test.ts"], css: true },
} as Parameters<typeof defineConfig>[0]);
