# Nightjar in an image: programs built, nothing to install or build at its start, no right to write but to /data.
# Every step works with paths of its own folder, so that the test suite can carry them out without a container engine
# (docs/guide/containers.md).
FROM node:24-bookworm-slim AS packages
WORKDIR /src
ENV ONNXRUNTIME_NODE_INSTALL=skip SKIP_FFMPEG=true
COPY package.json package-lock.json ./
COPY media/package.json media/
COPY contract/package.json contract/
COPY engine/package.json engine/
COPY vision/package.json vision/
COPY server/package.json server/
COPY web/package.json web/
COPY clients/typescript/package.json clients/typescript/
COPY e2e/package.json e2e/
COPY bench/package.json bench/
COPY tools/package.json tools/
COPY docs/package.json docs/

FROM packages AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/src/deploy/build.ts
RUN node_modules/.bin/vite build web --logLevel warn

# What the programs need while they run, and nothing else.
FROM packages AS running
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace server --workspace engine --workspace vision

FROM node:24-bookworm-slim
WORKDIR /opt/nightjar
ENV NODE_ENV=production NIGHTJAR_DATA_DIR=/data
COPY --from=running /src/node_modules node_modules
COPY --from=build /src/package.json /src/LICENSE /src/nightjar ./
COPY --from=build /src/tools/launcher tools/launcher
COPY --from=build /src/engine/dist engine/dist
COPY --from=build /src/server/nightjar.default.yaml server/
COPY --from=build /src/server/dist server/dist
COPY --from=build /src/web/dist web/dist
COPY --from=build /src/deploy/health.js deploy/
# The launcher takes everything as it is. The data belong to the user that the programs run as.
RUN touch .made && mkdir -m 0700 "$NIGHTJAR_DATA_DIR" && chown 10001:10001 "$NIGHTJAR_DATA_DIR"
USER 10001:10001
VOLUME /data
EXPOSE 3000 8554 1935 8189/tcp 8189/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "deploy/health.js"]
ENTRYPOINT ["./nightjar"]
CMD ["start"]
