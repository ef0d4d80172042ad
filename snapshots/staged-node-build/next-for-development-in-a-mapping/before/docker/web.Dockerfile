FROM node:22-slim as web
RUN apt-get update && apt-get install -y openssl
WORKDIR /workspace/web
# dependencies
COPY web/package*.json ./
RUN npm ci
ENV NODE_ENV development
ENV APP_NAME=shop
COPY web ./
CMD npm run dev
