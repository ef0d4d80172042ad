FROM node:22-slim as base
RUN apt-get update && apt-get install -y openssl
WORKDIR /workspace/web

FROM base AS web
# dependencies
COPY web/package*.json ./
RUN npm ci
ENV NODE_ENV development
ENV APP_NAME=shop
COPY web ./
CMD npm run dev

FROM web AS build
RUN NODE_ENV=production npm run build

FROM base AS production
ENV APP_NAME=shop
ENV NODE_ENV=production HOSTNAME=0.0.0.0
COPY --from=build /workspace/web/.next/standalone ./
COPY --from=build /workspace/web/.next/static ./.next/static
EXPOSE 3000
CMD ["node", "server.js"]
