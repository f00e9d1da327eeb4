# Built by whoever uses it, and not published: node_modules holds the emulator core's npm package (README, Licence).
FROM node:24-bookworm-slim AS build
WORKDIR /joywire
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json tsconfig.json ./
COPY shared shared
COPY client client
COPY server server
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production JOYWIRE_HOST=0.0.0.0 JOYWIRE_PORT=8080 JOYWIRE_DATA=/data
WORKDIR /joywire
COPY --from=build /joywire/package.json ./
COPY --from=build /joywire/node_modules node_modules
COPY --from=build /joywire/dist dist
COPY roms/overworld.gb roms/
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.JOYWIRE_PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is the process that gets SIGTERM, and drains.
CMD ["node", "dist/server/main.js", "serve"]
