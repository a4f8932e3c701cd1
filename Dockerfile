# One image for every service: the command says which one a container is.
FROM node:26-bookworm-slim AS client

WORKDIR /opt/cartero
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY services ./services
RUN node_modules/.bin/vite build -c services/webmail/client/vite.config.ts

FROM node:26-bookworm-slim

WORKDIR /opt/cartero
ENV NODE_ENV=production
COPY package.json package-lock.json ./
# The scripts would fetch the Node binary that the image already has.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY shared ./shared
COPY services ./services
COPY --from=client /opt/cartero/services/webmail/client/dist ./services/webmail/client/dist

# Keys and certificates, and with `all-in-one` the mail itself.
RUN mkdir -p /var/lib/cartero && chown node:node /var/lib/cartero
VOLUME /var/lib/cartero
USER node
ENV DATA_DIR=/var/lib/cartero LISTEN_HOST=0.0.0.0

HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT ?? 8081}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["node"]
CMD ["services/all-in-one/main.ts"]
