# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild esbuild
COPY . .
RUN node tools/build.ts

# Distroless has no shell and no package manager; the bundle needs nothing beside Node.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
COPY --from=build --chown=0:0 /src/package.json ./package.json
COPY --from=build --chown=0:0 /src/dist ./dist
COPY --from=build --chown=0:0 /src/policies ./policies
# Runs with a read-only root file system: nothing is written, so the compile cache stays off.
ENV NODE_ENV=production NODE_DISABLE_COMPILE_CACHE=1
# What V8's compilers took goes back to the system when they are done, instead of staying in malloc's free lists.
ENV MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=65536
USER 65532:65532
EXPOSE 8443 8081
# The server is PID 1 and gets SIGTERM itself. A small young generation and a single compiler on one thread keep its memory flat under load.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "--no-maglev", "--v8-pool-size=1", "/app/dist/evenkeel.js"]
CMD ["serve"]
