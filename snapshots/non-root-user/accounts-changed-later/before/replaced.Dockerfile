FROM node:20-slim
RUN userdel -r node && useradd --create-home --uid 1000 web
WORKDIR /srv/app
COPY server.js ./
CMD ["node", "server.js"]
